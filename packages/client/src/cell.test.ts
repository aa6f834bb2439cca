import { expect, test } from "vitest"
import { cell } from "./cell.ts"
import { uuidv7 } from "./ids.ts"

test("watchers hear each change once, and never the value that was there", () => {
  const heard: number[] = []
  const count = cell(1)
  const stop = count.watch((value) => heard.push(value))
  count.set(1)
  count.set(2)
  stop()
  count.set(3)
  expect(heard).toEqual([2])
})

test("a watcher that changes the value leaves the later ones with the newest", () => {
  const heard: number[] = []
  const count = cell(0)
  count.watch((value) => value === 1 && count.set(2))
  count.watch((value) => heard.push(value))
  count.set(1)
  expect(heard).toEqual([2])
})

test("ids are UUIDv7 and sort as they were made, even when the clock goes back", () => {
  const ids = [...Array.from({ length: 10_000 }, () => uuidv7(2_000)), uuidv7(1_000), uuidv7(5_000)]
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
