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

test("memory holds the newest, as many as may be kept and as may weigh so much", () => {
  const room = new RoomFeed(interest, () => undefined)
  const heaviest = (seq: number, characters: number) => [{ seq, json: JSON.stringify("x".repeat(characters - 2)) }]
  const reaches = () =>
    [1, 2, 3, 100, 101, 102, 600, 601, 602, 603].filter((seq) => room.since(seq, token) !== undefined)
  room.hear(lines(1, 600))
  expect(reaches()).toEqual([100, 101, 102, 600])
  room.hear(lines(601, 602))
  expect(reaches()).toEqual([102, 600, 601, 602])
  // With the one before it, all that memory may weigh.
  room.hear(heaviest(603, 256 * 1024 - '{"seq":602}'.length))
  expect(reaches()).toEqual([601, 602, 603])
  room.hear(heaviest(604, 300 * 1024))
  expect(reaches()).toEqual([])
  // What was read leads up to what comes next.
  room.hear(lines(605, 605))
  room.learn(lines(600, 604))
  expect(reaches()).toEqual([600, 601, 602, 603])
})
