import { CommandId, type DeliveredEvent, MediaKey, MessageId, RoomId, UserId } from "@roomlog/schemas"
import fc from "fast-check"
import { expect, test } from "vitest"
import { markAt } from "./mark.ts"
import { packet } from "./packets.ts"
import { heard } from "./translate.ts"

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })
const uuid = fc.uuid({ version: 7 })
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("<script>alert(1)</script>", "&lt;", "\u2028", "'\""),
)
const image = fc.record({
  key: digits(32).map((hex) => MediaKey.make(`img_1735212345_${hex}.png`)),
  type: fc.constant("image/png" as const),
  width: fc.nat(),
  height: fc.nat(),
  bytes: fc.nat(),
  alt: text,
})
const posted: fc.Arbitrary<DeliveredEvent> = fc.record({
  room: uuid.map((id) => RoomId.make(id)),
  seq: fc.integer({ min: 1, max: 2 ** 40 }),
  at: fc.integer({ min: 0, max: 4e12 }),
  by: uuid.map((id) => UserId.make(id)),
  name: text,
  command: uuid.map((id) => CommandId.make(id)),
  event: fc.record({
    _tag: fc.constant("MessagePosted" as const),
    message: uuid.map((id) => MessageId.make(id)),
    text,
    images: fc.array(image, { maxLength: 10 }),
    replyTo: fc.constant(null),
  }),
})
const fields = ["content_type", "image", "message", "seq", "timestamp", "username"]

test("a translated message has exactly the old fields, and in them nothing but what was sent", () => {
  fc.assert(
    fc.property(posted, (delivered) => {
      const { name, seq, at, event } = delivered
      if (event._tag !== "MessagePosted") return
      const lines = heard(delivered)
      expect(lines).toHaveLength(event.images.length + (event.text === "" ? 0 : 1))
      for (const [i, line] of lines.entries()) {
        expect(Object.keys(line).sort()).toEqual(fields)
        expect([line.username, Date.parse(line.timestamp)]).toEqual([name, at])
        const isLast = i === lines.length - 1
        expect(markAt(line.seq)).toEqual(isLast ? { seq, lines: 0 } : { seq: seq - 1, lines: i + 1 })
        expect(line.message).toBe(line.content_type === "text" ? event.text : "")
      }
      expect(lines.flatMap(({ image }) => image ?? [])).toEqual(
        event.images.map(({ key }) => `/media/chat_images/${key}`),
      )
    }),
  )
})

test("a packet carries a message unchanged", () => {
  fc.assert(
    fc.property(posted, (delivered) => {
      for (const line of heard(delivered)) expect(JSON.parse(packet(line).text.slice(1))).toEqual(["message", line])
    }),
  )
})
