import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { describe, expect, test } from "vitest"
import { natureOf } from "./event.ts"
import { type EventTag, RoomEvent } from "./feed.ts"
import { messageEvents } from "./message.ts"
import { presenceEvents } from "./presence.ts"
import { roomEvents } from "./room.ts"
import { isKnown, upcast, versionOf } from "./upcast.ts"

const folder = join(import.meta.dirname, "../golden")
const stored = readdirSync(folder).map((file) => {
  const [, type, version] = /^(\w+)@(\d+)\.json$/.exec(file)!
  const body: Record<string, unknown> = JSON.parse(readFileSync(join(folder, file), "utf8"))
  return { file, type: type as EventTag, version: Number(version), body }
})
const events = [...roomEvents, ...messageEvents]
const tagOf = (schema: (typeof events)[number]) => schema.fields._tag.schema.literal

describe("what was ever stored", () => {
  test.each(stored)("decodes for ever: $file", ({ type, version, body }) =>
    expect(upcast(type, version, body)).toMatchObject({ _tag: type }),
  )
  test.each(stored.filter(({ type, version }) => version === versionOf(type)))(
    "is stored again as it was, if it is of today: $file",
    ({ type, version, body }) => {
      const { _tag, ...again } = Schema.encodeSync(RoomEvent.fields.event)(upcast(type, version, body))
      expect(again).toEqual(body)
    },
  )
  test.each(events.map((schema) => ({ type: tagOf(schema), ...natureOf(schema) })))(
    "has an example of every version of $type",
    ({ type, version }) =>
      expect(stored.filter((one) => one.type === type).map((one) => one.version)).toEqual(
        Array.from({ length: version }, (_, i) => i + 1),
      ),
  )
})

test("every event of rooms and messages is durable, every one of presence is not", () => {
  expect(events.map((schema) => natureOf(schema).kind)).toEqual(events.map(() => "durable"))
  expect(presenceEvents.map((schema) => natureOf(schema).kind)).toEqual(presenceEvents.map(() => "ephemeral"))
  expect(() => natureOf(Schema.String)).toThrow("not declared as an event")
})

describe("what this code cannot know", () => {
  const body = { name: "harbour" }
  const next = versionOf("RoomRenamed") + 1
  test("is a type from the future", () =>
    expect(upcast("RoomPainted", 1, body)).toEqual({ _tag: "Unknown", type: "RoomPainted" }))
  test("is a version from the future that has lost what today's had", () =>
    expect(upcast("RoomRenamed", next, { title: "x" })).toEqual({ _tag: "Unknown", type: "RoomRenamed" }))
  test("but one that has only gained something is read as far as it is known", () =>
    expect(upcast("RoomRenamed", next, { ...body, colour: "blue" })).toEqual({ _tag: "RoomRenamed", ...body }))
  test("but it knows which message it is about", () =>
    expect(upcast("MessagePinned", 1, {}, "00000000-0000-7000-8000-000000000001")).toEqual({
      _tag: "Unknown",
      type: "MessagePinned",
      message: "00000000-0000-7000-8000-000000000001",
    }))
  test("is a body that does not fit its type, which is a defect", () =>
    expect(() => upcast("RoomRenamed", 1, { title: "x" })).toThrow())
  test("is a type that only looks like one of the language, or like what cannot be known", () => {
    expect(upcast("constructor", 1, body)).toEqual({ _tag: "Unknown", type: "constructor" })
    expect(upcast("Unknown", 1, body)).toEqual({ _tag: "Unknown", type: "Unknown" })
    expect(isKnown({ type: "constructor", version: 1 })).toBe(false)
  })
})

test("a body cannot pass itself off as another type", () =>
  expect(upcast("RoomRenamed", 1, { name: "harbour", _tag: "TopicSet" })).toEqual({
    _tag: "RoomRenamed",
    name: "harbour",
  }))
