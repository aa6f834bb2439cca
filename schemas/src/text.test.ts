import { Schema } from "effect"
import { describe, expect, test } from "vitest"
import { PersonName } from "./identity.ts"
import { limits } from "./limits.ts"
import { AltText } from "./media.ts"
import { Emoji, MessageText } from "./message.ts"
import { RoomName, Topic } from "./room.ts"
import { countGraphemes } from "./text.ts"

const family = "👩‍👩‍👧‍👦"
const accepts = (schema: Schema.ConstraintDecoder<unknown>) => Schema.is(schema)

describe("a text", () => {
  const fits = accepts(MessageText)
  test("may be long as long as it is read, not as long as it is stored", () => {
    expect(fits("x".repeat(limits.textGraphemes))).toBe(true)
    expect(fits("x".repeat(limits.textGraphemes + 1))).toBe(false)
    expect(fits("e\u0301".repeat(limits.textGraphemes))).toBe(true)
    expect(fits("e\u0301".repeat(limits.textGraphemes + 1))).toBe(false)
  })
  test("may not be heavier than its limit of bytes", () => {
    const families = Math.floor(limits.textBytes / new TextEncoder().encode(family).length)
    expect(fits(family.repeat(families))).toBe(true)
    expect(fits(family.repeat(families + 1))).toBe(false)
    expect(fits(`x${"\u0301".repeat(limits.textBytes / 2)}`)).toBe(false)
  })
  test("may have lines, tabs, other directions and joined emoji", () =>
    expect(fits(`a\n\tb שלום ${family} \u202eabc`)).toBe(true))
  test("may be empty, because an image may stand beside it", () => expect(fits("")).toBe(true))
})

const everywhere = { PersonName, RoomName, Topic, AltText, MessageText }
describe.each(Object.entries(everywhere))("no %s", (_, schema) => {
  const fits = accepts(schema)
  test.each([
    ["the NUL character", "a\u0000b"],
    ["the first half of a pair", "a\ud83d"],
    ["the second half of a pair", "\udc08a"],
    ["halves in the wrong order", "\udc08\ud83d"],
  ])("has %s", (_, text) => expect(fits(text)).toBe(false))
  test.each([null, undefined, 1, {}, ["a"]])("is %j", (value) => expect(fits(value)).toBe(false))
})

describe.each(Object.entries({ PersonName, RoomName, Topic }))("no %s", (_, schema) => {
  const fits = accepts(schema)
  test.each([
    ["a line feed", "a\nb"],
    ["a tab", "a\tb"],
    ["an escape", "a\u001b[31m"],
    ["a direction override", "a\u202eb"],
    ["a direction isolate", "a\u2066b"],
    ["a mark of direction", "a\u200fb"],
    ["a zero-width space", "a\u200bb"],
    ["a zero-width joiner between letters", "a\u200db"],
    ["a word joiner", "a\u2060b"],
    ["a byte-order mark", "\ufeffa"],
    ["a line separator", "a\u2028b"],
  ])("has %s", (_, text) => expect(fits(text)).toBe(false))
})

describe("a person's name", () => {
  const fits = accepts(PersonName)
  test.each(["Ann", "Zoë", "李", "Ольга", "שירה", "J 2", "🐈", "O'Neill-Smith", "राम", "ann@home"])(
    "may be %s",
    (name) => expect(fits(name)).toBe(true),
  )
  test.each(["", " ", "\u00a0\u3000", "...", "-", "\u0301", "Аnn", "Αnna", "Nοra"])("may not be %j", (name) =>
    expect(fits(name)).toBe(false),
  )
  test("has at most so many characters", () => {
    expect(fits("x".repeat(limits.nameGraphemes))).toBe(true)
    expect(fits("x".repeat(limits.nameGraphemes + 1))).toBe(false)
    expect(fits("🐈".repeat(limits.nameGraphemes))).toBe(true)
  })
})

describe("a room's name", () => {
  const fits = accepts(RoomName)
  test.each(["harbour", "harbour 2", "häfen", "港", "c++", "100%"])("may be %s", (name) =>
    expect(fits(name)).toBe(true),
  )
  test.each(["", " ", "Harbour", " harbour", "harbour ", "a/b", "a\\b", "a?b", "a#b", "ｈarbour", "ﬁsh"])(
    "may not be %j",
    (name) => expect(fits(name)).toBe(false),
  )
  test("has at most so many characters", () => {
    expect(fits("x".repeat(limits.roomNameGraphemes))).toBe(true)
    expect(fits("x".repeat(limits.roomNameGraphemes + 1))).toBe(false)
  })
})

describe("a topic", () => {
  test("may be empty, and has at most so many characters", () => {
    expect(accepts(Topic)("")).toBe(true)
    expect(accepts(Topic)("x".repeat(limits.topicGraphemes))).toBe(true)
    expect(accepts(Topic)("x".repeat(limits.topicGraphemes + 1))).toBe(false)
  })
})

describe("an emoji", () => {
  const fits = accepts(Emoji)
  test.each(["👍", "🏳️‍🌈", family, "🇵🇹", "1️⃣", "👍🏽"])("may be %s", (emoji) => expect(fits(emoji)).toBe(true))
  test.each(["", "a", "1", ":)", "👍👍", "👍 ", "<b>", "🇵", family.repeat(10)])("may not be %j", (text) =>
    expect(fits(text)).toBe(false),
  )
})

test("characters are counted as people see them, and no further than asked", () => {
  expect(countGraphemes("")).toBe(0)
  expect(countGraphemes("ab")).toBe(2)
  expect(countGraphemes(family)).toBe(1)
  expect(countGraphemes("e\u0301\r\n")).toBe(2)
  expect(countGraphemes("x".repeat(1000), 10)).toBe(11)
})

test("a name, a room and a topic may have joined emoji, but no joined letters", () => {
  for (const schema of [PersonName, RoomName, Topic]) {
    expect(accepts(schema)(`we ${family}`)).toBe(true)
    expect(accepts(schema)("we\u200dare")).toBe(false)
  }
})
