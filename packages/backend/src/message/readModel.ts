import { Message, type Timeline } from "@roomlog/domain"
import {
  type HistoryPage,
  type HistoryQuery,
  type MessageId,
  NoticeView,
  type Profile,
  type RoomId,
  type TimelineItem,
  type UserId,
} from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { tokenOf } from "../commands.ts"
import type { People } from "../identity/people.ts"
import type { Sql } from "../sql.ts"

const defaultLimit = 50

interface Row {
  readonly view: Timeline.Item
}

/** History, read by keyset: a page costs the same anywhere in a room of any size. */
export const makeMessages = (run: Sql, people: People, epoch: () => string) => {
  const older = (room: RoomId, before: number, limit: number) =>
    run<Row>("select view from item where room = $1::uuid and seq < $2::bigint order by seq desc limit $3::int", [
      room,
      before,
      limit + 1,
    ]).pipe(Effect.map((rows) => ({ items: rows.slice(0, limit).map(toItem).reverse(), more: rows.length > limit })))

  // Not past the head that `upTo` names: what comes later reaches the reader by following.
  const newer = (room: RoomId, between: readonly [after: number, head: number], limit: number) =>
    run<Row>(
      "select view from item where room = $1::uuid and seq > $2::bigint and seq <= $3::bigint order by seq limit $4::int",
      [room, ...between, limit + 1],
    ).pipe(Effect.map((rows) => ({ items: rows.slice(0, limit).map(toItem), more: rows.length > limit })))

  const window = Effect.fnUntraced(function* (
    { room, before, after, around, limit = defaultLimit }: HistoryQuery,
    head: number,
  ) {
    if (after !== undefined) {
      const { items, more } = yield* newer(room, [after, head], limit)
      return { items, hasOlder: after > 0, hasNewer: more }
    }
    if (around !== undefined) {
      const half = Math.ceil(limit / 2)
      const first = yield* older(room, Math.min(around, head) + 1, half)
      const second = yield* newer(room, [around, head], limit - half)
      return { items: [...first.items, ...second.items], hasOlder: first.more, hasNewer: second.more }
    }
    const { items, more } = yield* older(room, Math.min(before ?? head + 1, head + 1), limit)
    return { items, hasOlder: more, hasNewer: before !== undefined && before <= head }
  })

  const quotes = (room: RoomId, items: ReadonlyArray<TimelineItem>) => {
    const ids = items.flatMap((item) => (item._tag === "Message" && item.replyTo ? [item.replyTo.message] : []))
    return ids.length === 0
      ? Effect.succeed([])
      : run<Row>("select view from item where id = any($1::uuid[]) and room = $2::uuid", [ids, room]).pipe(
          Effect.map((rows) => rows.map(toItem).filter((item) => item._tag === "Message")),
        )
  }

  const reactionsOf = (reader: UserId, items: ReadonlyArray<TimelineItem>) => {
    const ids = items.flatMap((item) => (item._tag === "Message" && item.reactions.length > 0 ? [item.id] : []))
    return ids.length === 0
      ? Effect.succeed([])
      : run<{ message: MessageId; emoji: string }>(
          "select message, emoji from reaction where message = any($1::uuid[]) and user_id = $2::uuid and given",
          [ids, reader],
        )
  }

  return {
    /** A page of a room that the reader may read. Following from its `upTo` continues it with no gap and no repeat. */
    page: Effect.fn("Messages.page")(function* (reader: UserId, query: HistoryQuery) {
      const [head] = yield* run<{ seq: string }>("select seq from stream where stream_id = $1::uuid", [query.room])
      const upTo = Number(head?.seq ?? 0)
      const { items, hasOlder, hasNewer } = yield* window(query, upTo)
      const [answered, mine] = yield* Effect.all([quotes(query.room, items), reactionsOf(reader, items)])
      const page: HistoryPage = {
        items,
        upTo: tokenOf(epoch(), upTo),
        hasOlder,
        hasNewer,
        people: yield* people.named(mentioned([...items, ...answered])),
        quotes: answered,
        mine,
      }
      return page
    }),

    /** Who put an emoji on a message of a room, at most 100. */
    reactors: (room: RoomId, message: MessageId, emoji: string) =>
      run<Profile>(
        `select r.user_id as id, coalesce(p.name, 'somebody') as name from reaction r
         join item i on i.id = r.message and i.room = $1::uuid
         left join profile p on p.id = r.user_id
         where r.message = $2::uuid and r.emoji = $3 and r.given order by name limit 100`,
        [room, message, emoji],
      ),
  }
}

export type Messages = ReturnType<typeof makeMessages>

/** What readers may see of a row. A line that a newer version wrote, and this one cannot read, is a line all the same. */
const toItem = ({ view }: Row): TimelineItem => {
  if (view._tag === "Message") return Message.shown(view)
  return isNotice(view) ? view : { ...view, event: { _tag: "Unknown", type: view.event._tag } }
}
const isNotice: (view: unknown) => boolean = Schema.is(NoticeView)

/** Everybody whose name a reader of these items needs. */
const mentioned = (items: ReadonlyArray<TimelineItem>): ReadonlyArray<UserId> => [
  ...new Set(
    items.flatMap((item) => {
      if (item._tag === "Message") return item.removed ? [item.by, item.removed.by] : [item.by]
      return "user" in item.event ? [item.by, item.event.user] : [item.by]
    }),
  ),
]
