import type { Message, Room } from "@roomlog/domain"
import type { InlineRows, InlineTable, TableRows } from "@roomlog/log"
import type { MessageId, NoticeView, Role, RoomId, UserId } from "@roomlog/schemas"
import type { Layer } from "./warm.ts"

/** The read-model tables that the appending statement writes. */
export const tables: ReadonlyArray<InlineTable> = [
  {
    table: "room",
    columns: {
      id: "uuid",
      name: "text",
      topic: "text",
      visibility: "text",
      created_at: "bigint",
      invitation: "integer",
      members: "integer",
      owners: "integer",
    },
    key: ["id"],
  },
  { table: "member", columns: { room: "uuid", user_id: "uuid", role: "text" }, key: ["room", "user_id"] },
  {
    table: "item",
    columns: { room: "uuid", seq: "bigint", id: "uuid", author: "uuid", at: "bigint", view: "jsonb" },
    key: ["room", "seq"],
  },
  {
    table: "reaction",
    columns: { message: "uuid", emoji: "text", user_id: "uuid", given: "boolean" },
    key: ["message", "emoji", "user_id"],
  },
  { table: "shown", columns: { message: "uuid", key: "text", removed_at: "bigint" }, key: ["message", "key"] },
]

/** What a batch changed, by kind of thing. */
export interface Changed {
  readonly rooms: Layer<Room.Room>
  readonly members: Layer<Role>
  readonly messages: Layer<Message.Message>
  readonly reactions: Layer<true>
  readonly notices: ReadonlyArray<NoticeView>
  /** Messages that have no row yet. */
  readonly begun: ReadonlySet<MessageId>
}

/** The rows of `tables` for everything that a batch changed. */
export const rows = ({ rooms, members, messages, reactions, notices, begun }: Changed): InlineRows => {
  const { added = [], changed = [] } = Object.groupBy(
    messages.changes().map(([, message]) => message!),
    ({ id }) => (begun.has(id) ? "added" : "changed"),
  )
  return new Map<string, TableRows>([
    ["room", { changed: rooms.changes().map(([, room]) => roomRow(room!)) }],
    ["member", { changed: members.changes().map(([key, role]) => [...key.split("/"), role]) }],
    ["item", { added: [...added, ...notices].map(itemRow), changed: changed.map(itemRow) }],
    ["reaction", { changed: reactions.changes().map(([key, given]) => [...key.split("/"), given === true]) }],
    ["shown", { changed: [...added, ...changed].flatMap(shownRows) }],
  ])
}

/** Keys in memory are the tables' keys, in their order. */
export const memberKey = (room: RoomId | string, user: UserId | string): string => `${room}/${user}`
export const reactionKey = (message: MessageId | string, emoji: string, user: UserId | string): string =>
  `${message}/${emoji}/${user}`

/** A room as its row has it. */
export const roomRow = (room: Room.Room) => [
  room.id,
  room.name,
  room.topic,
  room.visibility,
  room.createdAt,
  room.invitation,
  room.members,
  room.owners,
]

/** Which images a message shows, or showed until it was removed. */
const shownRows = ({ id, images, kept, removed }: Message.Message) =>
  [...new Set((kept?.images ?? images).map(({ key }) => key))].map((key) => [id, key, removed?.at ?? null])

const itemRow = (item: Message.Message | NoticeView) => [
  item.room,
  item.seq,
  item._tag === "Message" ? item.id : null,
  item.by,
  item.at,
  JSON.stringify(item),
]
