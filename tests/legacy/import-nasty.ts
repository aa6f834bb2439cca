import { type MessageRow, message, type RoomRow, timeOf } from "./import-old.ts"

/** A room that was made in the second of its number. */
export const room = (id: number, name: string): RoomRow => ({
  id,
  name,
  created_at: `2025-01-06 07:00:${String(id).padStart(2, "0")}`,
})

/** Names that rooms cannot have today. */
export const nastyRooms: ReadonlyArray<RoomRow> = [
  room(1, "General"),
  room(2, "general"),
  room(3, " lobby/№ 1? #a"),
  room(4, `\u202e${"long ".repeat(18)}`),
  room(5, "///"),
  room(6, " "),
  room(7, "quiet"),
]

const image = (path: string, content: string | null = null): Partial<MessageRow> => ({ image: path, content })

/** Names, texts and images that nobody could send today. The first is said by Alice in the first room. */
export const nastyMessages: ReadonlyArray<MessageRow> = [
  {},
  { username: "alice", content: "I am another" },
  { username: "System", content: "Alice has left the room" },
  { username: "E\u0007v\u200be", content: "bell" },
  { username: "x".repeat(60), content: "so long" },
  { username: `${"x".repeat(60)}y`, content: "and so long again" },
  { username: "  Bob  Two ", content: "<img src=x onerror=alert(1)> 👩‍👩‍👧‍👦 \u202eabc" },
  { username: "\u2028", content: "who?" },
  { content: "same moment, first id", timestamp: timeOf(9) },
  { content: "same moment, second id", timestamp: timeOf(9) },
  image("chat_images/good.png"),
  image("chat_images/said.png", "look"),
  { content: "" },
  { content: null },
  { content: " \n " },
  { content: "word ".repeat(3_000) },
  image("chat_images/gone.png"),
  image("chat_images/page.png"),
  image("chat_images/cut.png"),
  image("../secret.png"),
  image("chat_images/link.png"),
  image("/etc/passwd", "see"),
  image("https://example.org/x.png"),
  { room_id: 2, content: "in the other general" },
].map((more, i) => message(i + 1, more))

/** Lines that the report must have for them. */
export const nastyNotes = [
  'room General: called "general" here',
  'room general: called "general 2" here',
  'person System: nobody can be called so today; shown as "System (old)"',
  "message 13: it says nothing",
  "message 14: it says nothing",
  "message 16: it is long; said in 4 messages",
  "image chat_images/gone.png (message 17): the file is missing",
  "chat_devicetoken: 1 device tokens left behind",
]
