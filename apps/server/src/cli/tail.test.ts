import type { Stored } from "@roomlog/log"
import { expect, test } from "vitest"
import { type Pages, takeFrom } from "./tail.ts"

const event = (part: number, pos: number, at: number): Stored => ({
  part,
  pos,
  at,
  stream: `s${part}`,
  seq: pos,
  type: "Noted",
  version: 1,
  actor: "a",
  command: "c",
  index: 0,
  subject: null,
  body: {},
})

/** A log of these events, as the readers of pages see it. */
const logOf =
  (events: Array<Stored>): Pages =>
  async (place, limit) =>
    events.filter((one) => "part" in place && one.part === place.part && one.pos > place.after).slice(0, limit)

const everything = async (take: () => Promise<ReadonlyArray<Stored>>) => {
  const all: Array<Stored> = []
  for (let some = await take(); some.length > 0; some = await take()) all.push(...some)
  return all
}

test("partitions come together by time, each in its own order, over many pages", async () => {
  const events = [0, 1, 2].flatMap((part) =>
    Array.from({ length: 1_200 + part }, (_, i) => event(part, i + 1, part * 7 + i * (part + 1))),
  )
  const all = await everything(
    takeFrom(
      logOf(events),
      [0, 1, 2].map((part) => ({ part, after: 0 })),
    ),
  )
  expect(all).toHaveLength(events.length)
  expect(all.map(({ at }) => at)).toEqual(events.map(({ at }) => at).sort((a, b) => a - b))
})

test("a clock that jumped back changes the order of no partition", async () => {
  const events = [event(0, 1, 500), event(0, 2, 100), event(1, 1, 300)]
  const all = await everything(
    takeFrom(logOf(events), [
      { part: 0, after: 0 },
      { part: 1, after: 0 },
    ]),
  )
  expect(all.filter(({ part }) => part === 0).map(({ pos }) => pos)).toEqual([1, 2])
})

test("what is appended between two looks comes with the second, once", async () => {
  const events = [event(0, 1, 1)]
  const take = takeFrom(logOf(events), [{ part: 0, after: 0 }])
  expect(await take()).toHaveLength(1)
  expect(await take()).toEqual([])
  events.push(event(0, 2, 2))
  expect((await take()).map(({ pos }) => pos)).toEqual([2])
})
