import { Access } from "@roomlog/domain"
import { together } from "@roomlog/log"
import type { Member, Role, RoomId, RoomSummary, Seq, UserId, Visibility } from "@roomlog/schemas"
import { Effect } from "effect"
import { run as runEffect } from "../edge.ts"
import { takenOver } from "../imported/ids.ts"
import type { InvitationCode } from "../judge.ts"
import { Rejected, reject } from "../rejected.ts"
import type { Sql } from "../sql.ts"

const unreadCap = 1_000

interface RightAsked {
  readonly reader: UserId
  readonly room: RoomId
}

/** What decides whether somebody may read a room. */
export interface Right {
  readonly visibility: Visibility
  readonly role: Role | null
}

/** Whether a right, if there is a room to have it in, is enough to read. */
export const suffices = <R extends Right>(right: R | undefined): right is R =>
  right !== undefined && Access.mayRead(right, right.role ?? undefined)

interface SummaryRow {
  readonly id: RoomId
  readonly name: string
  readonly topic: string
  readonly visibility: Visibility
  readonly created_at: string
  readonly members: number
  readonly role: Role | null
  readonly head: string
  readonly read_up_to: string | null
  readonly unread: number
}

/** Rooms as their readers see them. */
export const makeRooms = (run: Sql, invitation: InvitationCode) => {
  const known = "(r.visibility = 'public' or m.role is not null)"
  const summaries = (reader: UserId, filter: string, value?: string) =>
    run<SummaryRow>(
      `select r.id, r.name, r.topic, r.visibility, r.created_at, r.members, m.role, coalesce(s.seq, 0) as head,
              k.seq as read_up_to, coalesce(u.unread, 0)::int as unread
       from room r
       left join member m on m.room = r.id and m.user_id = $1::uuid
       left join stream s on s.stream_id = r.id
       left join read_marker k on k.room = r.id and k.user_id = $1::uuid
       left join lateral (
         select count(*) as unread from (
           select 1 from item i
           where i.room = r.id and i.seq > coalesce(k.seq, 0) and i.id is not null and i.author <> $1::uuid and not ${takenOver("i.id")}
           limit ${unreadCap}
         ) as few
       ) u on m.role is not null
       where ${filter}
       order by r.name`,
      value === undefined ? [reader] : [reader, value],
    ).pipe(Effect.map((rows) => rows.map(summary)))

  const rightsOf = together<RightAsked, Right | undefined>(async (asked) => {
    const rows = await runEffect(
      run<Right & { readonly place: string }>(
        `select asked.place, r.visibility, m.role
         from unnest($1::uuid[], $2::uuid[]) with ordinality as asked(room, reader, place)
         join room r on r.id = asked.room left join member m on m.room = asked.room and m.user_id = asked.reader`,
        [asked.map(({ room }) => room), asked.map(({ reader }) => reader)],
      ),
    )
    const found = new Map(rows.map((row) => [Number(row.place), row]))
    return asked.map((_, i) => found.get(i + 1))
  })

  return {
    /** Every public room, and the private ones that the reader is a member of; by name. */
    list: (reader: UserId) => summaries(reader, known),

    /** One room by its name; undefined when there is none that the reader may know of. */
    byName: (reader: UserId, name: string) =>
      summaries(reader, `r.name = $2 and ${known}`, name).pipe(
        Effect.map((found): RoomSummary | undefined => found[0]),
      ),

    /** A private room by its name, for somebody who holds its invitation. */
    byInvitation: Effect.fnUntraced(function* (reader: UserId, name: string, code: string) {
      const [room] = yield* run<{ id: RoomId; invitation: number }>("select id, invitation from room where name = $1", [
        name,
      ])
      if (room === undefined || invitation(room.id, room.invitation) !== code) return undefined
      const [found] = yield* summaries(reader, "r.id = $2::uuid", room.id)
      return found
    }),

    /** One room, if the reader may read it; otherwise `RoomNotFound`, whatever the reason. */
    readable: Effect.fnUntraced(function* (reader: UserId | undefined, room: RoomId) {
      const [found] = yield* run<{ name: string; visibility: Visibility; role: Role | null; invitation: number }>(
        `select r.name, r.visibility, r.invitation, m.role from room r
         left join member m on m.room = r.id and m.user_id = $2::uuid where r.id = $1::uuid`,
        [room, reader ?? null],
      )
      return suffices(found) ? found : yield* reject({ _tag: "RoomNotFound", room })
    }),

    /** The same for many readers at once, as after a restart: who asks in the same turn is answered by one query. */
    readableTogether: async (reader: UserId, room: RoomId): Promise<Right> => {
      const right = await rightsOf({ reader, room })
      if (suffices(right)) return right
      throw new Rejected({ rejection: { _tag: "RoomNotFound", room } })
    },

    /** Members by rank, then name. */
    members: (room: RoomId) =>
      run<Member>(
        `select m.user_id as "user", coalesce(p.name, 'somebody') as name, m.role
         from member m left join lateral (select name from profile where id = m.user_id limit 1) p on true
         where m.room = $1::uuid and m.role is not null
         order by array_position(array['owner', 'moderator', 'member'], m.role), name limit 1000`,
        [room],
      ),

    /** Rooms of a member. */
    joined: (user: UserId) =>
      run<{ room: RoomId }>("select room from member where user_id = $1::uuid and role is not null", [user]).pipe(
        Effect.map((rows) => rows.map(({ room }) => room)),
      ),

    /** Moves the reader's mark forward; never back. */
    markRead: (reader: UserId, room: RoomId, upTo: Seq) =>
      run(
        `insert into read_marker (user_id, room, seq) values ($1::uuid, $2::uuid, $3::bigint)
         on conflict (user_id, room) do update set seq = greatest(read_marker.seq, excluded.seq)`,
        [reader, room, upTo],
      ).pipe(Effect.asVoid),
  }
}

export type Rooms = ReturnType<typeof makeRooms>

const summary = (row: SummaryRow): RoomSummary => ({
  room: row.id,
  name: row.name,
  topic: row.topic,
  visibility: row.visibility,
  createdAt: Number(row.created_at),
  members: row.members,
  role: row.role,
  head: Number(row.head),
  readUpTo: Number(row.read_up_to ?? 0),
  unread: row.unread,
})
