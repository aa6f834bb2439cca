import { Misused } from "../command.ts"
import type { OldTable } from "./old.ts"

/** Where the old application keeps what is taken over. */
export interface OldTables {
  readonly messages: OldTable
  /** Without it the messages themselves name their rooms. */
  readonly rooms: OldTable | undefined
  /** The messages' column that says which room, and whether it holds the room's id or its name. */
  readonly room: { readonly column: string; readonly holds: "id" | "name" }
  /** Tables with tokens of devices, which are not taken over. */
  readonly tokens: ReadonlyArray<OldTable>
}

/**
 * Finds the tables: those of the app that is named, or of `chat`, or else the only ones with the right columns.
 * Throws sentences when there are none or several.
 */
export const findTables = (tables: ReadonlyArray<OldTable>, app: string | undefined): OldTables => {
  const messages = messagesOf(tables, app)
  const { columns } = messages
  const column = columns.has("room_id") ? "room_id" : "room"
  const holds = column === "room" && /char|text|clob/.test(columns.get(column)!) ? "name" : "id"
  return {
    messages,
    rooms: roomsOf(tables, messages, holds === "name"),
    room: { column, holds },
    tokens: tables.filter(hasTokens),
  }
}

const messagesOf = (tables: ReadonlyArray<OldTable>, app: string | undefined): OldTable => {
  const found = tables.filter(holdsMessages)
  const named = found.filter(({ name }) => name === `${app ?? "chat"}_message`)
  if (named.length === 1) return named[0]!
  if (app !== undefined)
    throw new Misused(`There is no table ${app}_message with the columns ${wanted}. ${others(tables)}`)
  if (found.length === 1) return found[0]!
  if (found.length === 0)
    throw new Error(`No table looks like the messages of the old application (columns ${wanted}). ${others(tables)}`)
  throw new Misused(
    `Several tables may hold the messages: ${list(found)}. Say which app is meant, as --app ${appOf(found[0]!)}.`,
  )
}

const roomsOf = (tables: ReadonlyArray<OldTable>, messages: OldTable, mayLack: boolean): OldTable | undefined => {
  const found = tables.filter((table) => hasAll(table, ["id", "name", "created_at"]))
  const sibling = found.filter(({ sql }) => sql === siblingOf(messages))
  const [room] = sibling.length === 1 ? sibling : found
  if (room !== undefined && (sibling.length === 1 || found.length === 1)) return room
  if (found.length > 1)
    throw new Error(
      `Several tables may hold the rooms of ${messages.name}: ${list(found)}. One should be called ${appOf(messages)}_room.`,
    )
  if (mayLack) return undefined
  throw new Error(
    `No table looks like the rooms of the old application (columns id, name, created_at). ${others(tables)}`,
  )
}

const wanted = "id, room_id or room, username, content, image, timestamp"

const holdsMessages = (table: OldTable): boolean =>
  hasAll(table, ["id", "username", "content", "image", "timestamp"]) &&
  (table.columns.has("room_id") || table.columns.has("room"))

/** Tokens of Django REST framework are people's, not devices'. */
const hasTokens = ({ name, columns }: OldTable): boolean =>
  !name.startsWith("authtoken") && ["token", "registration_id", "fcm_token"].some((column) => columns.has(column))

const hasAll = ({ columns }: OldTable, all: ReadonlyArray<string>): boolean =>
  all.every((column) => columns.has(column))

/** `chat_message` has `chat_room` beside it, `messages` has `rooms`. */
const siblingOf = ({ sql }: OldTable): string => sql.replace(/message(s?"?)$/i, "room$1")
const appOf = ({ name }: OldTable): string => name.replace(/_?messages?$/i, "")

const others = (tables: ReadonlyArray<OldTable>): string =>
  tables.length === 0 ? "The database has no tables." : `There are: ${list(tables.slice(0, 40))}.`
const list = (tables: ReadonlyArray<OldTable>): string => tables.map(({ name }) => name).join(", ")
