import type { RoomId, Token } from "@roomlog/schemas"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Ear, posting, TestBackend } from "./feed/testing.ts"
import type { Actor } from "./identity/identity.ts"

const backend = new TestBackend()
let ann: Actor
let room: RoomId

beforeAll(async () => {
  await backend.start()
  ann = await backend.person("Ann")
  room = await backend.room(ann)
})
afterAll(() => backend[Symbol.asyncDispose]())

/** How much a number has grown since the last look. */
const growth = async () => {
  const numbers = async () => {
    const samples = (await backend.it.measures.meter.text()).split("\n").map((line) => line.split(/ (?=[^ ]+$)/))
    return new Map(samples.map(([name, value]) => [name, Number(value)]))
  }
  const before = await numbers()
  return async (name: string) => (await numbers()).get(name)! - before.get(name)!
}
const token = (seq: number) => `${backend.it.log.epoch()}.${seq}` as Token
const follow = (from?: Token) => {
  const ear = new Ear()
  return { ear, stop: backend.it.feed.follow(room, ann, from, ear) }
}

test("where a reader's past came from is counted", async () => {
  const grown = await growth()
  const now = follow()
  await now.ear.until(({ isLive }) => isLive)
  expect(await grown('roomlog_feed_resumes_total{from="nothing"}')).toBe(1)

  await backend.post(ann, room, "one", "two")
  const recent = follow(token(2))
  await recent.ear.until(({ isLive }) => isLive)
  expect(await grown('roomlog_feed_resumes_total{from="memory"}')).toBe(1)

  const unknown = follow("00000000.1" as Token)
  await unknown.ear.until(({ over }) => over !== undefined)
  expect(await grown('roomlog_feed_resumes_total{from="reset"}')).toBe(1)
  for (const { stop } of [now, recent, unknown]) stop()

  await backend.start()
  const cold = follow(token(0))
  await cold.ear.until(({ isLive }) => isLive)
  // A new process counts from nothing.
  expect(await backend.it.measures.meter.text()).toContain('roomlog_feed_resumes_total{from="database"} 1\n')
  cold.stop()
})

test("what is told is counted for each who hears it, with the time that it took", async () => {
  const grown = await growth()
  const readers = [follow(), follow(), follow()]
  for (const { ear } of readers) await ear.until(({ isLive }) => isLive)
  const { seq } = await backend.say(ann, room, posting("hello"))
  for (const { ear } of readers) await ear.until(({ seqs }) => seqs.includes(seq))
  expect(await grown("roomlog_feed_deliveries_total")).toBe(3)
  expect(await grown("roomlog_feed_tell_seconds_count")).toBe(1)
  expect(await grown("roomlog_feed_lag_seconds_count")).toBe(1)
  for (const { stop } of readers) stop()
  await backend.say(ann, room, posting("to nobody"))
  expect(await grown("roomlog_feed_tell_seconds_count")).toBe(1)
})

test("who is too slow is counted once", async () => {
  const grown = await growth()
  const { ear } = follow()
  await ear.until(({ isLive }) => isLive)
  ear.waiting = 10_000_000
  await backend.say(ann, room, posting("too much for one"))
  backend.time += 60_000
  await ear.until(({ over }) => over?._tag === "slow")
  expect(await grown("roomlog_feed_slow_drops_total")).toBe(1)
})

test("a batch, a repeat and a refusal are told apart", async () => {
  const grown = await growth()
  const id = crypto.randomUUID() as Parameters<typeof backend.ask>[2]
  const command = { ...posting("once"), room }
  await backend.ask(ann, command, id)
  await backend.ask(ann, command, id)
  await backend.ask(ann, { ...posting("other words"), room }, id)
  await backend.post(ann, room, "a", "b", "c")
  expect(await grown('roomlog_commands_total{outcome="accepted"}')).toBe(4)
  expect(await grown('roomlog_commands_total{outcome="repeated"}')).toBe(1)
  expect(await grown('roomlog_commands_total{outcome="refused"}')).toBe(1)
  expect(await grown('roomlog_rejections_total{reason="CommandReused"}')).toBe(1)
  expect(await grown("roomlog_append_commands_sum")).toBe(4)
  expect(await grown("roomlog_append_seconds_count")).toBe(2)
  expect(await grown("roomlog_events_appended_total")).toBe(4)
})
