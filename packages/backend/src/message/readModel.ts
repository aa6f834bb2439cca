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

/** A line of a page beside the room's newest seq; a page without lines is one row without a view. */
interface Line {
  readonly head: string
  readonly older: boolean | null
  readonly view: Timeline.Item | null
}

/** Lines before and from a seq on, seen at the same moment as the room's head: what comes later is heard by following. */
const lines = `select head.seq as head, line.older, line.view from stream head left join lateral (
    (select true as older, view from item where room = $1::uuid and seq < $2::bigint order by seq desc limit $3::int)
    union all
    (select false, view from item where room = $1::uuid and seq >= $2::bigint order by seq limit $4::int)
  ) line on true where head.stream_id = $1::uuid`

/** Where a page is cut, and how many lines are wanted on each side that it has. */
interface Cut {
  readonly at: number
  readonly older?: number
  readonly newer?: number
}

const cutOf = ({ before, after, around, limit = defaultLimit }: HistoryQuery): Cut => {
  if (after !== undefined) return { at: after + 1, newer: limit }
  if (around === undefined) return { at: before ?? Number.MAX_SAFE_INTEGER, older: limit }
  const older = Math.ceil(limit / 2)
  return { at: around + 1, older, newer: limit - older }
}

/** One more than is wanted tells whether there are more. */
const oneMore = (wanted = -1): number => wanted + 1

/** History, read by keyset: a page costs the same anywhere in a room of any size. */
export const makeMessages = (run: Sql, people: People, epoch: () => string) => {
  const window = Effect.fnUntraced(function* (query: HistoryQuery) {
    const { at, older, newer } = cutOf(query)
    const found = yield* run<Line>(lines, [query.room, at, oneMore(older), oneMore(newer)])
    const side = (isOlder: boolean) =>
      found.flatMap(({ older, view }) => (older === isOlder && view !== null ? [toItem({ view })] : []))
    const [before, from] = [side(true), side(false)]
    const head = Number(found[0]?.head ?? 0)
    return {
      head,
      items: [...before.slice(0, older).reverse(), ...from.slice(0, newer)],
      hasOlder: older === undefined ? at > 1 : before.length > older,
      hasNewer: newer === undefined ? at <= head : from.length > newer,
    }
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
      const { head, items, hasOlder, hasNewer } = yield* window(query)
      const [answered, mine] = yield* Effect.all([quotes(query.room, items), reactionsOf(reader, items)])
      const page: HistoryPage = {
        items,
        upTo: tokenOf(epoch(), head),
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
