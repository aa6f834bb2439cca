import { derivedId } from "@roomlog/backend"
import type { MessageId } from "@roomlog/schemas"
import { allOf, type OldDatabase, quoted } from "./old.ts"
import type { OldTables } from "./tables.ts"
import { type OldTime, readTime } from "./words.ts"

/** A room of the old application. */
export interface OldRoom {
  /** What messages name it by. */
  readonly key: string
  readonly id: string
  readonly name: string
  readonly at: number | undefined
  /** What tells it from rooms of other databases, and is the same in a copy. */
  readonly facts: ReadonlyArray<string>
}

/** A message of the old application. Nothing of it is checked. */
export interface OldRow {
  readonly id: string
  readonly room: string | null
  readonly username: string | null
  readonly content: string | null
  readonly image: string | null
  readonly at: string | null
}

/** All rooms, oldest first. */
export const readRooms = async (old: OldDatabase, tables: OldTables): Promise<ReadonlyArray<OldRoom>> => {
  const { rooms, messages, room } = tables
  if (rooms === undefined) {
    const column = old.text(quoted(room.column))
    const found = await allOf<{ name: string | null }>(
      old,
      `select distinct ${column} as name from ${messages.sql} order by 1`,
    )
    return found.flatMap(({ name }) =>
      name === null ? [] : [{ key: name, id: name, name, at: undefined, facts: [name] }],
    )
  }
  const found = await allOf<{ id: string; name: string | null; at: string | null }>(
    old,
    `select ${old.text(`"id"`)} as id, ${old.text(`"name"`)} as name, ${old.time(`"created_at"`)} as at
     from ${rooms.sql} order by "created_at", ${rooms.sql}."id"`,
  )
  return found.map(({ id, name, at }) => {
    const made = readTime(at)
    const key = room.holds === "id" ? id : (name ?? "")
    return { key, id, name: name ?? "", at: made?.at, facts: [id, name ?? "", made?.exact ?? ""] }
  })
}

/** All messages in the order in which they were written, a page at a time. */
export const readMessages = (old: OldDatabase, tables: OldTables): AsyncIterable<ReadonlyArray<OldRow>> =>
  old.pages<OldRow>(`select ${selection(old, tables)} from ${tables.messages.sql} order by ${order(old, tables)}`)

/** The first messages of each room, for finding where they went. */
export const readFirst = (old: OldDatabase, tables: OldTables): Promise<ReadonlyArray<OldRow>> =>
  allOf<OldRow>(
    old,
    `select * from (
       select ${selection(old, tables)},
         row_number() over (partition by ${quoted(tables.room.column)} order by ${order(old, tables)}) as place
       from ${tables.messages.sql}
     ) numbered where place <= 10`,
  )

/** How many messages there are. */
export const countMessages = async (old: OldDatabase, { messages }: OldTables): Promise<number> => {
  const [found] = await allOf<{ many: string }>(old, `select ${old.text("count(*)")} as many from ${messages.sql}`)
  return Number(found!.many)
}

/** What tells a message from all others, in every copy of the old database, whatever its text and its room are called there later. */
export const factsOf = (room: OldRoom, id: string, time: OldTime | undefined): ReadonlyArray<string> => [
  room.id,
  id,
  time?.exact ?? "",
]

/** Id of the message that a part of an old one becomes. */
export const messageId = (facts: ReadonlyArray<string>, part = 0): MessageId =>
  derivedId("django", "message", ...facts, part) as MessageId

const selection = (old: OldDatabase, { room }: OldTables): string =>
  Object.entries({ id: "id", room: room.column, username: "username", content: "content", image: "image" })
    .map(([name, column]) => `${old.text(quoted(column))} as ${name}`)
    .concat(`${old.time(`"timestamp"`)} as at`)
    .join(", ")

const order = (old: OldDatabase, { messages }: OldTables): string =>
  `${old.sortable(`${messages.sql}."timestamp"`)}, ${messages.sql}."id"`
