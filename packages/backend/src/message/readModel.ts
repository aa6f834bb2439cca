import type { Timeline } from "@roomlog/domain"
import type { HistoryPage, HistoryQuery, MessageId, Profile, RoomId, TimelineItem, UserId } from "@roomlog/schemas"
import { Effect } from "effect"
import { tokenOf } from "../commands.ts"
import type { People } from "../identity/people.ts"
import { reject } from "../rejected.ts"
import { type Right, suffices } from "../room/readModel.ts"
import type { Sql } from "../sql.ts"
import { lineOf, mentioned, toItem } from "./line.ts"

const defaultLimit = 50

interface Row {
  readonly view: Timeline.Item
}

/** A room at one moment: whether it may be read, its newest seq, and lines before and from a seq on, each a line of text. */
interface Found extends Right {
  readonly head: string
  readonly older: string | null
  readonly newer: string | null
}

/** Everything in one statement: what comes after its moment is heard by following. As text, lines cost a third of what rows do. */
const around = `select r.visibility, m.role, head.seq as head,
    (select string_agg(view::text, e'\\n' order by seq desc) from
      (select seq, view from item where room = $1::uuid and seq < $2::bigint order by seq desc limit $3::int) as lines) as older,
    (select string_agg(view::text, e'\\n' order by seq) from
      (select seq, view from item where room = $1::uuid and seq >= $2::bigint order by seq limit $4::int) as lines) as newer
  from room r join stream head on head.stream_id = r.id left join member m on m.room = r.id and m.user_id = $5::uuid
  where r.id = $1::uuid`

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
  const window = Effect.fnUntraced(function* (reader: UserId, query: HistoryQuery) {
    const { at, older, newer } = cutOf(query)
    const [found] = yield* run<Found>(around, [query.room, at, oneMore(older), oneMore(newer), reader])
    if (!suffices(found)) return yield* reject({ _tag: "RoomNotFound", room: query.room })
    const [before, from] = [linesOf(found.older), linesOf(found.newer)]
    const head = Number(found.head)
    return {
      head,
      lines: [...before.slice(0, older).reverse(), ...from.slice(0, newer)].map(lineOf),
      hasOlder: older === undefined ? at > 1 : before.length > older,
      hasNewer: newer === undefined ? at <= head : from.length > newer,
    }
  })

  const quotes = (room: RoomId, items: ReadonlyArray<TimelineItem>) => {
    const ids = items.flatMap((item) => (item._tag === "Message" && item.replyTo ? [item.replyTo.message] : []))
    return ids.length === 0
      ? Effect.succeed([])
      : run<Row>("select view from item where id = any($1::uuid[]) and room = $2::uuid", [ids, room]).pipe(
          Effect.map((rows) => rows.map(({ view }) => toItem(view)).filter((item) => item._tag === "Message")),
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

  /** The JSON of a `HistoryPage`: lines are handed on as they stand where nothing need be known of them. */
  const pageText = Effect.fnUntraced(function* (reader: UserId, query: HistoryQuery) {
    const { head, lines, hasOlder, hasNewer } = yield* window(reader, query)
    const items = lines.flatMap(({ item }) => item ?? [])
    const [answered, mine] = yield* Effect.all([quotes(query.room, items), reactionsOf(reader, items)])
    const named = new Set<UserId>()
    for (const { people } of lines) for (const user of people) named.add(user)
    for (const item of answered) for (const user of mentioned(item)) named.add(user)
    const rest: Omit<HistoryPage, "items"> = {
      upTo: tokenOf(epoch(), head),
      hasOlder,
      hasNewer,
      people: yield* people.named([...named]),
      quotes: answered,
      mine,
    }
    return `{"items":[${lines.map(({ json }) => json).join()}],${JSON.stringify(rest).slice(1)}`
  })

  return {
    pageText,
    /** A page of a room, if the reader may read it. Following from its `upTo` continues it with no gap and no repeat. */
    page: (reader: UserId, query: HistoryQuery) =>
      Effect.map(pageText(reader, query), (text) => JSON.parse(text) as HistoryPage),

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

const linesOf = (text: string | null): ReadonlyArray<string> => text?.split("\n") ?? []
