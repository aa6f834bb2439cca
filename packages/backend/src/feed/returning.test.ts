import type { Token } from "@roomlog/schemas"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { Actor } from "../identity/identity.ts"
import { Feed } from "./feed.ts"
import { Ear, TestBackend } from "./testing.ts"

const server = new TestBackend()
let ann: Actor
let bo: Actor

beforeAll(async () => {
  await server.start()
  ann = await server.person("Ann")
  bo = await server.person("Bo")
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

const token = (seq: number) => `${server.it.log.epoch()}.${seq}` as Token
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

test("a storm of readers is answered from memory where it reaches, and by few reads where not", async () => {
  const { log, ...sources } = server.it.feed.sources
  const room = await server.room(ann)
  await server.post(ann, room, ...Array.from({ length: 100 }, (_, n) => `old ${n}`))
  let [reads, busy, busiest] = [0, 0, 0]
  const readStreamText: typeof log.readStreamText = (...place) =>
    Effect.suspend(() => {
      reads += 1
      busy += 1
      busiest = Math.max(busiest, busy)
      return log.readStreamText(...place).pipe(Effect.ensuring(Effect.sync(() => (busy -= 1))))
    })
  const feed = new Feed({ ...sources, log: { ...log, readStreamText } })
  const stop = log.onAppended((events) => feed.hear(events))
  const storm = (begin: number) =>
    Promise.all(
      from(0, 49).map(async (n) => {
        const ear = new Ear()
        const leave = feed.follow(room, bo, token(begin + n), ear)
        await ear.until(({ isLive }) => isLive)
        leave()
        return ear.seqs
      }),
    )
  expect(await storm(10)).toEqual(from(0, 49).map((n) => from(11 + n, 102)))
  expect(busiest).toBe(3)
  // Who reads farthest back reads for the others.
  expect(reads).toBeLessThan(20)
  await server.post(ann, room, ...Array.from({ length: 100 }, (_, n) => `new ${n}`))
  expect(await storm(110)).toEqual(from(0, 49).map((n) => from(111 + n, 202)))
  expect(reads).toBeLessThan(20)
  stop()
  feed.close()
})

test("readers who missed more than memory holds share the pages that they need at once", async () => {
  const { log, ...sources } = server.it.feed.sources
  const room = await server.room(ann)
  for (let n = 0; n < 12; n++) await server.post(ann, room, ..."x".repeat(100).split(""))
  const reads: Array<number> = []
  const readStreamText: typeof log.readStreamText = (...place) =>
    Effect.suspend(() => {
      reads.push(place[1])
      return log.readStreamText(...place)
    })
  const feed = new Feed({ ...sources, log: { ...log, readStreamText } })
  const all = await Promise.all(
    from(1, 50).map(async () => {
      const ear = new Ear()
      const leave = feed.follow(room, bo, token(2), ear)
      await ear.until(({ isLive }) => isLive)
      leave()
      return ear.seqs
    }),
  )
  for (const seqs of all) expect(seqs).toEqual(from(3, 1_202))
  expect(reads.filter((after) => after === 2)).toHaveLength(1)
  expect(reads.length).toBeLessThan(10)
  feed.close()
})

test("what is said while a page is on its way is told after it", async () => {
  const { log, ...sources } = server.it.feed.sources
  const room = await server.room(ann)
  await server.post(ann, room, "before")
  const readStreamText: typeof log.readStreamText = (...place) =>
    log.readStreamText(...place).pipe(Effect.tap(Effect.promise(() => server.post(ann, room, "meanwhile"))))
  const feed = new Feed({ ...sources, log: { ...log, readStreamText } })
  const stop = log.onAppended((events) => feed.hear(events))
  const ear = new Ear()
  feed.follow(room, bo, token(1), ear)
  await ear.until(({ isLive }) => isLive)
  expect(ear.seqs).toEqual([2, 3, 4])
  stop()
  feed.close()
})

test("what was heard while a page was read, and is in it, is told once", async () => {
  const { log, ...sources } = server.it.feed.sources
  const room = await server.room(ann)
  await server.post(ann, room, "before")
  let heard = 0
  let heardBefore = 0
  const readStreamText: typeof log.readStreamText = (...place) =>
    Effect.promise(async () => {
      await server.post(ann, room, "meanwhile", "and this")
      heardBefore = heard
    }).pipe(Effect.andThen(log.readStreamText(...place)))
  const feed = new Feed({ ...sources, log: { ...log, readStreamText } })
  const stop = log.onAppended((events) => {
    feed.hear(events)
    heard += events.length
  })
  const ear = new Ear()
  feed.follow(room, bo, token(1), ear)
  await ear.until(({ isLive }) => isLive)
  expect(heardBefore).toBe(2)
  expect(ear.seqs).toEqual([2, 3, 4, 5])
  stop()
  feed.close()
})

test("memory of a room is bounded in events and in size", async () => {
  const room = await server.room(ann)
  const ear = new Ear()
  const stop = server.it.feed.follow(room, bo, undefined, ear)
  await ear.until(({ isLive }) => isLive)
  const kept = server.it.feed.room(room)
  const first = (seq: number) => kept.since(seq, token)
  for (let n = 0; n < 6; n++) await server.post(ann, room, ..."x".repeat(100).split(""))
  await ear.until(({ seqs }) => seqs.at(-1) === 602)
  expect([first(101), first(102) === undefined, first(602)]).toEqual([undefined, false, null])
  for (let n = 0; n < 40; n++) await server.post(ann, room, `${n}`.padEnd(4_000, "y"), "z".repeat(4_000))
  await ear.until(({ seqs }) => seqs.at(-1) === 682)
  expect([first(600), first(625) === undefined]).toEqual([undefined, false])
  expect(first(625)?.json.length).toBeLessThan(256 * 1024)
  stop()
})
