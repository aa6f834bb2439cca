import { expect, test } from "vitest"
import { columns, facts, oneLine, time } from "./lines.ts"

test("columns are as wide as what stands in them", () =>
  expect(
    columns(
      ["room", "members"],
      [
        ["lobby", "3"],
        ["a", "12"],
      ],
    ),
  ).toBe("room   members\nlobby  3\na      12"))

test("facts stand under each other", () => expect(facts({ a: "1", long: "2" })).toBe("a     1\nlong  2"))

test("what people wrote cannot move the cursor, colour the screen or begin a line", () => {
  expect(oneLine("one\ntwo\r\n\tthree")).toBe("one two three")
  expect(oneLine("\u001b[31mred\u001b]0;title\u0007")).not.toMatch(/\p{Cc}/u)
  expect(oneLine("safe \u202e evil")).not.toContain("\u202e")
  expect(oneLine("née 👩‍🚀")).toContain("née")
})

test("times are read the same everywhere", () =>
  expect(time(Date.UTC(2026, 10, 22, 18, 49, 20, 123))).toBe("2026-11-22 18:49:20Z"))
