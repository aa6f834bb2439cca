import { expect, test } from "vitest"
import { Recent } from "./recent.ts"

test("keeps at most so many, and the half that was used last", () => {
  const recent = new Recent<number>(100)
  for (let n = 0; n < 1_000; n++) recent.set(`${n}`, n)
  const kept = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => recent.get(`${n}`) !== undefined)
  expect(kept.length).toBeLessThanOrEqual(100)
  expect(kept.filter((n) => n >= 950)).toHaveLength(50)
})

test("what is read again and again is not forgotten", () => {
  const recent = new Recent<string>(10)
  recent.set("old", "friend")
  for (let n = 0; n < 1_000; n++) {
    recent.set(`${n}`, "passing by")
    expect(recent.get("old")).toBe("friend")
  }
})

test("what is written again is the new, and what is forgotten is gone, however old it is", () => {
  const recent = new Recent<number>(4)
  for (const n of [1, 2, 3]) recent.set("a", n)
  recent.set("b", 1)
  recent.set("c", 1)
  expect(recent.get("a")).toBe(3)
  recent.forget("a")
  expect(recent.get("a")).toBeUndefined()
  recent.clear()
  expect(recent.get("c")).toBeUndefined()
})

test("forgetting much leaves the rest as it is", () => {
  const recent = new Recent<number>(10)
  recent.set("old", 1)
  for (let n = 0; n < 1_000; n++) {
    recent.set(`${n}`, n)
    recent.forget(`${n}`)
    expect(recent.get(`${n}`)).toBeUndefined()
  }
  expect(recent.get("old")).toBe(1)
})
