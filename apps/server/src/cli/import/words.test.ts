import { countGraphemes, limits, PersonName, RoomName } from "@roomlog/schemas"
import { Schema } from "effect"
import { describe, expect, test } from "vitest"
import { freeName, partsOf, personName, readTime, roomName } from "./words.ts"

describe("an old time", () => {
  const exact = "2025-08-25T15:10:12.123456"
  test.each([
    "2025-08-25 15:10:12.123456",
    "2025-08-25T15:10:12.123456Z",
    "2025-08-25 15:10:12.123456+00:00",
    "2025-08-25 17:10:12.123456+02",
    "2025-08-25 09:40:12.123456-0530",
    "2025-08-25 15:10:12.1234567 ",
  ])("is the same moment as %s", (text) =>
    expect(readTime(text)).toEqual({ at: Date.parse(`${exact.slice(0, 23)}Z`), exact }),
  )
  test.each(["2025-08-25 15:10:12", "2025-08-25 15:10:12.000000"])("may lack its fraction: %s", (text) =>
    expect(readTime(text)?.exact).toBe("2025-08-25T15:10:12.000000"),
  )
  test.each([null, "", "yesterday", "2025-13-01 10:00:00", "infinity", "1756134612"])("cannot be read: %j", (text) =>
    expect(readTime(text)).toBeUndefined(),
  )
})

describe("an old name", () => {
  test.each([
    ["Alice", "Alice"],
    ["  Bob  Two ", "Bob Two"],
    ["System", "System (old)"],
    ["5ystem", "5ystem (old)"],
    ["", "nameless (old)"],
    ["\u0000\u200b", "nameless (old)"],
    ["...", "... (old)"],
    ["Аnn", "Аnn (old)"],
    ["E\u0007ve\ud800", "Eve (old)"],
    ["🐈".repeat(40), `${"🐈".repeat(26)} (old)`],
  ])("%j is shown as %j", (old, shown) => {
    const { name, isChanged } = personName(old)
    expect(name).toBe(shown)
    expect(isChanged).toBe(name.endsWith(" (old)"))
    expect(countGraphemes(name)).toBeLessThanOrEqual(limits.nameGraphemes)
    if (!isChanged) expect(Schema.is(PersonName)(name)).toBe(true)
  })

  test.each([
    ["General", "general"],
    ["a/b?c#d\\e", "a-b-c-d-e"],
    ["  Ｆｕｌｌ  ", "full"],
    ["\u202e\u0000", "room 7"],
    ["İstanbul", "i̇stanbul"],
    ["x".repeat(300), "x".repeat(64)],
  ])("the room %j is called %j", (old, called) => {
    expect(roomName(old, "7").name).toBe(called)
    expect(Schema.is(RoomName)(called)).toBe(true)
  })

  test("of a room that is taken gets a number, and stays short enough", () => {
    const taken = new Set(["x".repeat(64), `${"x".repeat(58)} 2`])
    expect(freeName("x".repeat(64), (name) => taken.has(name))).toBe(`${"x".repeat(58)} 3`)
  })
})

describe("an old text", () => {
  test.each(["hello", "a\n\tb", "<b>", "x".repeat(limits.textGraphemes)])("that fits stays as it is", (text) =>
    expect(partsOf(text)).toEqual([text]),
  )
  test.each(["", " \n\t"])("that says nothing has no parts: %j", (text) => expect(partsOf(text)).toEqual([]))
  test("loses only what no database can hold", () => expect(partsOf("a\0b\ud800c")).toEqual(["a\ufffdb\ufffdc"]))
  test.each([
    ["words", "word ".repeat(5_000).trim()],
    ["one word", "x".repeat(10_000)],
    ["heavy characters", "👩‍👩‍👧‍👦".repeat(3_000)],
    ["one character without an end", `x${"\u0301".repeat(30_000)}`],
    ["lines", "a line\n".repeat(2_000)],
  ])("of %s is said in parts that fit, and together are the text", (_, text) => {
    const parts = partsOf(text)
    expect(parts.join("")).toBe(text)
    for (const part of parts) {
      expect(countGraphemes(part)).toBeLessThanOrEqual(limits.textGraphemes)
      expect(Buffer.byteLength(part)).toBeLessThanOrEqual(limits.textBytes)
    }
  })
})
