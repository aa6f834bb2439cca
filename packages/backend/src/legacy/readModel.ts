import { Access } from "@roomlog/domain"
import type { Image, MessageId, Role, RoomId, UserId, Visibility } from "@roomlog/schemas"
import { Effect } from "effect"
import type { People } from "../identity/people.ts"
import type { Sql } from "../sql.ts"
import { bucketAt, bucketSize, countOf } from "./buckets.ts"
import { isStanding, lineCount, makeCounts } from "./counts.ts"

/** Where an event stands in the log for ever, also after a rebuild and a restore. */
export interface Position {
  readonly part: number
  readonly pos: number
}

/** A room as old clients know it. */
export interface OldRoomView {
  readonly room: RoomId
  readonly name: string
  readonly createdAt: number
  /** Of the event that made it. */
  readonly position: Position
}

/** A message that stands, as old clients read it: they know only what it says now. */
export interface Said {
  readonly id: MessageId
  readonly seq: number
  readonly at: number
  readonly by: UserId
  readonly name: string
  readonly text: string
  readonly images: ReadonlyArray<Image>
  readonly position: Position
}

/** A place between the lines of a room: before the message at `seq`, whose newest `skip` lines are left out. */
export interface Start {
  readonly seq: number
  readonly skip: number
}

/** Rooms and messages in the order and the numbers of old clients: newest first, and every line counted. */
export const makeLegacy = (run: Sql, people: People) => {
  const buckets = makeCounts(run)

  const named = (found: ReadonlyArray<SaidRow>) =>
    people
      .named(found.map(({ by }) => by))
      .pipe(Effect.map((profiles) => found.map((row, i) => said(row, profiles[i]!.name))))

  return {
    /** One room by its name; undefined when there is none that the reader may read. */
    room: Effect.fnUntraced(function* (reader: UserId | undefined, name: string) {
      const [found] = yield* run<RoomRow & { visibility: Visibility; role: Role | null }>(
        `select r.id, r.name, r.created_at, r.visibility, m.role, e.part, e.pos from room r
         left join member m on m.room = r.id and m.user_id = $2::uuid ${made} where r.name = $1`,
        [name, reader ?? null],
      )
      if (found === undefined || !Access.mayRead(found, found.role ?? undefined)) return undefined
      return { ...room(found), role: found.role }
    }),

    /** Rooms that the reader may read, newest first, after the one at a position if one is given. */
    rooms: (reader: UserId | undefined, before: Position | undefined, limit: number) =>
      run<RoomRow>(
        `select r.id, r.name, r.created_at, e.part, e.pos from (
           select r.id, r.name, r.created_at from room r
           left join member m on m.room = r.id and m.user_id = $1::uuid
           where (r.visibility = 'public' or m.role is not null)
             and ($2::smallint is null or (r.created_at, r.id) < (
               select b.created_at, b.id from event e join room b on b.id = e.stream_id where e.part = $2::smallint and e.pos = $3::bigint
             ))
           order by r.created_at desc, r.id desc limit $4::int
         ) as r ${made} order by r.created_at desc, r.id desc`,
        [reader ?? null, before?.part ?? null, before?.pos ?? null, limit],
      ).pipe(Effect.map((rows) => rows.map(room))),

    /** The seq of a room's event at a position; undefined when another room's event stands there, or none. */
    seqAt: (room: RoomId, { part, pos }: Position) =>
      run<{ seq: string }>(
        "select seq from event where part = $1::smallint and pos = $2::bigint and stream_id = $3::uuid",
        [part, pos, room],
      ).pipe(Effect.map(([found]) => found && Number(found.seq))),

    /** Where a room's event stands in the log. */
    positionOf: (room: RoomId, seq: number) =>
      run<PositionRow>("select part, pos from event where stream_id = $1::uuid and seq = $2::bigint", [room, seq]).pipe(
        Effect.map(([found]) => position(found!)),
      ),

    /** Messages of a room that stand before a seq, the newest first. Costs the same anywhere in the room. */
    said: (room: RoomId, before: number, limit: number) =>
      run<SaidRow>(
        `select i.id, i.seq, i.at, i.by, i.text, i.images, e.part, e.pos from (
           select ${saidColumns} from item
           where room = $1::uuid and seq < $2::bigint and ${isStanding} order by seq desc limit $3::int
         ) as i ${placed} order by i.seq desc`,
        [room, before, limit],
      ).pipe(Effect.flatMap(named)),

    /** One message of a room by its id, and whether it was removed. */
    message: Effect.fnUntraced(function* (room: RoomId, id: MessageId) {
      const found = yield* run<SaidRow & { standing: boolean }>(
        `select i.*, e.part, e.pos from (
           select ${saidColumns}, ${isStanding} as standing from item where id = $2::uuid and room = $1::uuid
         ) as i ${placed}`,
        [room, id],
      )
      const [message] = yield* named(found)
      return message && { ...message, removed: !found[0]!.standing }
    }),

    /** How many lines a room has. */
    count: (room: RoomId) => Effect.map(buckets(room), countOf),

    /** Where the line stands that has so many newer ones; undefined past the oldest. Reads no more than a bucket of messages. */
    start: Effect.fnUntraced(function* (room: RoomId, offset: number) {
      const found = bucketAt(yield* buckets(room), offset)
      if (found === undefined) return undefined
      const end = (found.bucket + 1) * bucketSize
      const rows = yield* run<{ seq: string; lines: number }>(
        `select seq, ${lineCount} as lines from item
         where room = $1::uuid and seq >= $2::bigint and seq < $3::bigint and ${isStanding} order by seq desc`,
        [room, end - bucketSize, end],
      )
      let skip = found.skip
      for (const { seq, lines } of rows) {
        const start: Start = { seq: Number(seq) + 1, skip }
        if (skip < lines) return start
        skip -= lines
      }
      const start: Start = { seq: end - bucketSize, skip: 0 }
      return start
    }),
  }
}

export type Legacy = ReturnType<typeof makeLegacy>

const made = placedBy("r.id", "1")
const placed = placedBy("i.room", "i.seq")
const saidColumns = "room, id, seq, at, author as by, view->>'text' as text, view->'images' as images"

/** A look-up for each row, whatever the planner thinks of the log's size. */
function placedBy(stream: string, seq: string): string {
  return `cross join lateral (
    select part, pos from event where stream_id = ${stream} and event.seq = ${seq} limit 1
  ) as e`
}

interface PositionRow {
  readonly part: number
  readonly pos: string
}

interface RoomRow extends PositionRow {
  readonly id: RoomId
  readonly name: string
  readonly created_at: string
}

interface SaidRow extends PositionRow {
  readonly id: MessageId
  readonly seq: string
  readonly at: string
  readonly by: UserId
  readonly text: string
  readonly images: ReadonlyArray<Image> | null
}

const position = ({ part, pos }: PositionRow): Position => ({ part, pos: Number(pos) })

const room = (row: RoomRow): OldRoomView => ({
  room: row.id,
  name: row.name,
  createdAt: Number(row.created_at),
  position: position(row),
})

const said = (row: SaidRow, name: string): Said => ({
  id: row.id,
  seq: Number(row.seq),
  at: Number(row.at),
  by: row.by,
  name,
  text: row.text,
  images: row.images ?? [],
  position: position(row),
})
