import { isTakenOver } from "@roomlog/backend"
import fc from "fast-check"
import { expect, test } from "vitest"
import { commandOf, uuidOf } from "./once.ts"

test("a key stands for the same id again, in its own place only", () => {
  expect(commandOf("k", "room 1")).toBe(commandOf("k", "room 1"))
  expect(commandOf("k", "room 1")).not.toBe(commandOf("k", "room 2"))
  expect(uuidOf(["ab", "c"])).not.toBe(uuidOf(["a", "bc"]))
})

test("what is said with a key never counts as taken over from elsewhere, which would be news to nobody", () => {
  fc.assert(fc.property(fc.array(fc.string()), (words) => !isTakenOver(uuidOf(words))))
})
