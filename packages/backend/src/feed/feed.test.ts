import { limits, type RoomId, type Token } from "@roomlog/schemas"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import { Feed } from "./feed.ts"
import { mostBuffered } from "./subscriber.ts"
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

const follow = (room: RoomId, by: Actor, from?: number | Token) => {
  const ear = new Ear()
  const stop = server.it.feed.follow(room, by, typeof from === "number" ? token(from) : from, ear)
  return { ear, stop }
}
const token = (seq: number) => `${server.it.log.epoch()}.${seq}` as Token
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const live = async (room: RoomId, by: Actor, start?: number) => {
  const followed = follow(room, by, start)
  await followed.ear.until(({ isLive }) => isLive)
  return followed
}
const member = async (room: RoomId, who: Actor): Promise<void> => {
  await server.say(who, room, { _tag: "JoinRoom", invitation: server.it.invitation(room, 1) })
}

test("a reader resumes from any token without a gap or a repeat", async () => {
  const room = await server.room(ann)
  await server.post(ann, room, ..."abcdefgh")
  const readers = from(0, 10).map((seq) => ({ seq, ...follow(room, bo, seq) }))
  await Promise.all(readers.map(({ ear }) => ear.until(({ isLive }) => isLive)))
  await server.post(ann, room, "i", "j")
  for (const { seq, ear, stop } of readers) {
    await ear.until(({ seqs }) => seqs.at(-1) === 12)
    expect(ear.seqs).toEqual(from(seq + 1, 12))
    expect(ear.items.findIndex(({ _tag }) => _tag === "Live")).toBe(seq === 10 ? 0 : 1)
    stop()
  }
})

test("without a token a reader hears what comes from now on", async () => {
  const room = await server.room(ann)
  await server.post(ann, room, "before")
  const { ear, stop } = await live(room, bo)
  expect(ear.frames[0]?.token).toBe(token(3))
  await server.post(ann, room, "after")
  await ear.until(({ seqs }) => seqs.length > 0)
  expect(ear.events).toMatchObject([{ seq: 4, by: ann.id, name: ann.name, event: { text: "after" } }])
  stop()
})

test("who begins to follow in the middle of a conversation misses nothing of it", async () => {
  const room = await server.room(ann)
  const readers: ReturnType<typeof follow>[] = []
  const talk = async (): Promise<void> => {
    for (let n = 0; n < 40; n++) await server.post(ann, room, "one", "two", "three")
  }
  const gather = async (): Promise<void> => {
    for (let n = 0; n < 40; n++) {
      readers.push(follow(room, bo, 0), follow(room, bo, 2))
      await run(server.it.log.streamHead(room))
    }
  }
  await Promise.all([talk(), gather()])
  for (const [i, { ear, stop }] of readers.entries()) {
    await ear.until(({ seqs, isLive }) => isLive && seqs.at(-1) === 122)
    expect(ear.seqs).toEqual(from(i % 2 === 0 ? 1 : 3, 122))
    stop()
  }
})

test("every frame carries the token of the last event told so far", async () => {
  const room = await server.room(ann)
  const { ear, stop } = await live(room, bo, 0)
  server.it.feed.typing(room, ann)
  await server.post(ann, room, "hello")
  server.it.feed.typing(room, ann)
  server.time += 1_000
  server.it.feed.typing(room, ann)
  await ear.until(({ signals }) => signals.filter(({ _tag }) => _tag === "Typed").length === 2)
  let last = 0
  for (const { token: at, item } of ear.frames) {
    if (item._tag === "Events") last = item.events.at(-1)!.seq
    expect(at).toBe(token(last))
  }
  expect(last).toBe(3)
  stop()
})

test("a token that cannot be continued gets a reset and the end", async () => {
  const room = await server.room(ann)
  for (const [at, reason] of [
    ["00000000.1" as Token, "rewound"],
    [token(3), "ahead"],
  ] as const) {
    const { ear, stop } = follow(room, bo, at)
    await ear.until(({ over }) => over !== undefined)
    expect(ear.items).toEqual([{ _tag: "Reset", reason }])
    expect(ear.frames[0]?.token).toBe(token(2))
    expect(ear.over).toEqual({ _tag: "reset" })
    stop()
  }
})

test("who is further behind than a backlog goes starts afresh, and who is just as far is told everything", async () => {
  const room = await server.room(ann)
  for (let n = 0; n < limits.backlog / 100; n++) await server.post(ann, room, ...from(1, 100).map(String))
  const head = limits.backlog + 2
  const near = await live(room, bo, head - limits.backlog)
  expect(near.ear.seqs).toEqual(from(head - limits.backlog + 1, head))
  const far = follow(room, bo, head - limits.backlog - 1)
  await far.ear.until(({ over }) => over !== undefined)
  expect(far.ear.items).toEqual([{ _tag: "Reset", reason: "too-far" }])
  near.stop()
  far.stop()
})

test("unknown rooms and private ones are refused alike", async () => {
  const secret = await server.room(ann, "private")
  const unknown = crypto.randomUUID() as RoomId
  for (const room of [secret, unknown]) {
    const { ear, stop } = follow(room, bo, 0)
    await ear.until(({ over }) => over !== undefined)
    expect(ear.over).toEqual({ _tag: "refused", rejection: { _tag: "RoomNotFound", room } })
    expect(ear.frames).toEqual([])
    stop()
  }
})

test("who is removed from a private room hears that and nothing after it", async () => {
  const room = await server.room(ann, "private")
  await member(room, bo)
  const { ear } = await live(room, bo)
  const other = await live(room, ann)
  const removal = server.say(ann, room, { _tag: "RemoveMember", user: bo.id })
  const after = server.post(ann, room, "now we are alone", "at last")
  const { seq } = await removal
  await after
  await other.ear.until(({ seqs }) => seqs.at(-1) === seq + 2)
  expect(ear.seqs.at(-1)).toBe(seq)
  expect(ear.over).toEqual({ _tag: "refused", rejection: { _tag: "RoomNotFound", room } })
  expect(ear.tooLate).toBe(0)
  expect(server.it.feed.sources.presence.here(room)).toEqual([{ id: ann.id, name: ann.name }])
  other.stop()
})

test("who is removed while catching up is told nothing from after the removal", async () => {
  const room = await server.room(ann, "private")
  const ears: Array<{ ear: Ear; seq: number }> = []
  for (let n = 0; n < 30; n++) {
    await member(room, bo)
    const { ear, stop } = follow(room, bo, 0)
    for (let turns = n % 6; turns > 0; turns--) await run(server.it.log.streamHead(room))
    const removal = server.say(ann, room, { _tag: "RemoveMember", user: bo.id })
    await server.post(ann, room, "psst", "psst")
    ears.push({ ear, seq: (await removal).seq })
    await ear.until(({ over }) => over !== undefined)
    stop()
  }
  for (const { ear, seq } of ears) {
    expect(ear.over).toEqual({ _tag: "refused", rejection: { _tag: "RoomNotFound", room } })
    expect(ear.seqs.filter((heard) => heard > seq)).toEqual([])
    expect(ear.seqs).toEqual(from(1, ear.seqs.length))
  }
})

test("a page that is newer than the right to read it is not told", async () => {
  const room = await server.room(ann, "private")
  await member(room, bo)
  const { log } = server.it
  const readStreamText: typeof log.readStreamText = (...asked) =>
    Effect.promise(async () => {
      await server.say(ann, room, { _tag: "RemoveMember", user: bo.id })
      await server.post(ann, room, "secret")
    }).pipe(Effect.andThen(log.readStreamText(...asked)))
  // Hears nothing by itself, like a node whose wake-up has not come yet.
  const late = new Feed({ ...server.it.feed.sources, log: { ...log, readStreamText } })
  const ear = new Ear()
  late.follow(room, bo, token(0), ear)
  await ear.until(({ over }) => over !== undefined)
  expect(ear.over).toEqual({ _tag: "refused", rejection: { _tag: "RoomNotFound", room } })
  expect(ear.frames).toEqual([])
})

test("a public room is still heard by who has left it", async () => {
  const room = await server.room(ann)
  await server.say(bo, room, { _tag: "JoinRoom" })
  const { ear, stop } = await live(room, bo)
  await server.say(bo, room, { _tag: "LeaveRoom" })
  await server.post(ann, room, "bye")
  await ear.until(({ seqs }) => seqs.at(-1) === 5)
  expect(ear.over).toBeUndefined()
  stop()
})

test("the end of a session ends its subscriptions and no others", async () => {
  const room = await server.room(ann)
  const cy = await server.person("Cy")
  const his = await live(room, cy)
  const hers = await live(room, ann)
  await run(server.it.identity.signOut(cy.session!))
  expect(his.ear.over).toEqual({ _tag: "refused", rejection: { _tag: "NotSignedIn" } })
  await server.post(ann, room, "still here")
  await hers.ear.until(({ seqs }) => seqs.length === 1)
  expect(his.ear.seqs).toEqual([])
  expect(his.ear.tooLate).toBe(0)
  hers.stop()
})

test("a slow reader is passed over, and catches up when its buffer is empty", async () => {
  const room = await server.room(ann)
  const { ear, stop } = await live(room, bo)
  await server.post(ann, room, "heard")
  ear.waiting = mostBuffered + 1
  await server.post(ann, room, "missed", "missed too")
  server.it.feed.typing(room, ann)
  expect(ear.seqs).toEqual([3])
  expect(ear.signals).toMatchObject([{ _tag: "CameOnline" }])
  server.time += 4_999
  ear.waiting = 1
  await server.post(ann, room, "not yet")
  expect(ear.seqs).toEqual([3])
  ear.waiting = 0
  await ear.until(({ seqs }) => seqs.length === 4)
  await server.post(ann, room, "live again")
  await ear.until(({ seqs }) => seqs.length === 5)
  expect(ear.seqs).toEqual(from(3, 7))
  expect(ear.over).toBeUndefined()
  stop()
})

test("a reader who is slow for more than five seconds is ended, and others do not notice", async () => {
  const room = await server.room(ann)
  const slow = await live(room, bo)
  const other = await live(room, ann)
  slow.ear.waiting = mostBuffered + 1
  await server.post(ann, room, "too much")
  server.time += 5_001
  await slow.ear.until(({ over }) => over !== undefined)
  expect(slow.ear.over).toEqual({ _tag: "slow" })
  expect(server.it.feed.sources.presence.here(room)).toEqual([{ id: ann.id, name: ann.name }])
  await server.post(ann, room, "go on")
  await other.ear.until(({ seqs }) => seqs.length === 2)
  expect(slow.ear.seqs).toEqual([])
  other.stop()
})

test("a stalled reader who is removed from a private room is told nothing more", async () => {
  const room = await server.room(ann, "private")
  await member(room, bo)
  const { ear } = await live(room, bo)
  ear.waiting = mostBuffered + 1
  await server.post(ann, room, "waiting")
  await server.say(ann, room, { _tag: "RemoveMember", user: bo.id })
  await server.post(ann, room, "secret")
  expect(ear.over).toMatchObject({ _tag: "refused", rejection: { _tag: "RoomNotFound" } })
  expect(ear.seqs).toEqual([])
})

test("people come online with their first connection to a room and go with their last", async () => {
  const room = await server.room(ann)
  const watcher = await live(room, ann)
  expect(watcher.ear.items).toMatchObject([{ _tag: "Live", here: [{ id: ann.id }] }, { _tag: "Signal" }])
  const first = await live(room, bo)
  const second = await live(room, bo)
  expect(second.ear.items[0]).toMatchObject({ _tag: "Live", here: [{ id: ann.id }, { id: bo.id }] })
  first.stop()
  expect(server.it.feed.sources.presence.here(room).map(({ id }) => id)).toEqual([ann.id, bo.id])
  second.stop()
  const { name } = bo
  await watcher.ear.until(({ signals }) => signals.length === 3)
  expect(watcher.ear.signals.slice(1)).toEqual([
    { _tag: "CameOnline", user: bo.id, name },
    { _tag: "WentOffline", user: bo.id, name },
  ])
  watcher.stop()
})

test("when everybody has stopped, nothing is kept", async () => {
  expect(server.it.feed.size()).toBe(0)
  const room = await server.room(ann)
  const readers = await Promise.all([live(room, ann), live(room, bo, 0), live(room, bo)])
  expect(server.it.feed.size()).toBe(3)
  for (const { stop } of readers) stop()
  for (const { stop } of readers) stop()
  expect(server.it.feed.size()).toBe(0)
  expect(server.it.feed.sources.presence.here(room)).toEqual([])
})
