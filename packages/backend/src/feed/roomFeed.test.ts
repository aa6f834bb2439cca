import type { Token } from "@roomlog/schemas"
import { expect, test } from "vitest"
import { RoomFeed } from "./roomFeed.ts"

const interest = { head: async () => 0, release: () => undefined }
const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => ({ seq: first + i, json: `{"seq":${first + i}}` }))
const told = (first: number, last: number) => ({ events: lines(first, last).map(({ seq }) => ({ seq })) })
const token = (seq: number) => `e.${seq}` as Token

test("who comes back together shares a frame, and memory holds few of them and not for long", () => {
  const room = new RoomFeed(interest, () => undefined)
  room.hear(lines(1, 200))
  const since = (seq: number) => room.since(seq, token)
  const first = since(10)!
  expect(JSON.parse(first.json)).toMatchObject(told(11, 200))
  for (let seq = 11; seq < 60; seq++) since(seq)
  expect(since(10)).toBe(first)
  since(60)
  expect(since(10)).not.toBe(first)
  const second = since(10)!
  expect(second.json).toBe(first.json)
  room.rest()
  expect(since(10)).not.toBe(second)
})

test("a frame that was kept is not told once something new was said", () => {
  const room = new RoomFeed(interest, () => undefined)
  room.hear(lines(1, 5))
  expect(room.since(4, token)!.token).toBe("e.5")
  room.hear(lines(6, 6))
  expect(JSON.parse(room.since(4, token)!.json)).toMatchObject(told(5, 6))
})
