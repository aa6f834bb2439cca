import { CommandId, type DeliveredEvent, type Event, MediaKey, MessageId, RoomId, UserId } from "@roomlog/schemas"
import { expect, test } from "vitest"
import { created, heard, joined, noticed, posted, system } from "./translate.ts"

const room = RoomId.make("00000000-0000-7000-8000-000000000001")
const user = UserId.make("00000000-0000-7000-8000-000000000002")
const message = MessageId.make("00000000-0000-7000-8000-000000000003")
const command = CommandId.make("00000000-0000-7000-8000-000000000004")
const at = Date.UTC(2025, 7, 25, 15, 10, 12, 123)
const timestamp = "2025-08-25T15:10:12.123Z"

const delivered = (event: Event): DeliveredEvent => ({ room, seq: 7, at, by: user, name: "Alice", command, event })
const image = (key: string) =>
  ({ key: MediaKey.make(key), type: "image/png", width: 3, height: 2, bytes: 100, alt: "a cat" }) as const

test("a text is one message", () => {
  const event = { _tag: "MessagePosted", message, text: "Hello World", images: [], replyTo: null } as const
  expect(heard(delivered(event))).toEqual([
    { username: "Alice", message: "Hello World", image: null, content_type: "text", timestamp, seq: 7 },
  ])
})

test("an image is a message without text", () => {
  const images = [image("img_1735212345_ab12.png")]
  expect(heard(delivered({ _tag: "MessagePosted", message, text: "", images, replyTo: null }))).toEqual([
    {
      username: "Alice",
      message: "",
      image: "/media/chat_images/img_1735212345_ab12.png",
      content_type: "image",
      timestamp,
      seq: 7,
    },
  ])
})

test("a text with two images is three messages, the text first, and the last has the seq", () => {
  const images = [image("img_1735212345_ab12.png"), image("img_1735212346_cd34.gif")]
  const lines = heard(delivered({ _tag: "MessagePosted", message, text: "Look", images, replyTo: null }))
  expect(lines.map(({ message, image, seq }) => [message, image, seq])).toEqual([
    ["Look", null, 6.0625],
    ["", "/media/chat_images/img_1735212345_ab12.png", 6.125],
    ["", "/media/chat_images/img_1735212346_cd34.gif", 7],
  ])
})

test.each<Event>([
  { _tag: "MessageEdited", message, text: "other" },
  { _tag: "MessageRemoved", message },
  { _tag: "MessageRestored", message, text: "again", images: [] },
  { _tag: "Reacted", message, emoji: "👍" },
  { _tag: "MemberJoined", user, role: "member" },
  { _tag: "RoomRenamed", name: "other" },
])("old clients hear nothing of $_tag", (event) => {
  expect(heard(delivered(event))).toEqual([])
})

test("who comes and goes is said by System", () => {
  const line = { username: "System", image: null, content_type: "text", timestamp }
  expect(noticed({ _tag: "CameOnline", user, name: "Bob" }, at)).toEqual({
    ...line,
    message: "Bob has joined the room",
  })
  expect(noticed({ _tag: "WentOffline", user, name: "Bob" }, at)).toEqual({ ...line, message: "Bob has left the room" })
  expect(noticed({ _tag: "Typed", user, name: "Bob" }, at)).toBeUndefined()
  expect(joined("Bob", at)).toEqual(noticed({ _tag: "CameOnline", user, name: "Bob" }, at))
  expect(system("Slower, please.", at)).toEqual({ ...line, message: "Slower, please." })
})

test("old words become today's commands", () => {
  expect(posted({ room, message }, "hi", undefined)).toEqual({
    _tag: "PostMessage",
    room,
    message,
    text: "hi",
    images: [],
    replyTo: null,
  })
  const { alt: _, ...stored } = image("img_1735212345_ab12.png")
  expect(posted({ room, message }, "", stored)).toMatchObject({ text: "", images: [{ key: stored.key, alt: "" }] })
  expect(created({ room, name: "lobby" })).toEqual({
    _tag: "CreateRoom",
    room,
    name: "lobby",
    topic: "",
    visibility: "public",
  })
})
