import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest"
import { mostBuffered } from "../feed/subscriber.ts"
import { posting, TestBackend } from "../feed/testing.ts"
import type { Actor } from "../identity/identity.ts"
import type { FramedSocket, Speaker } from "./lane.ts"
import { activityOver } from "./subscriptions.ts"

const server = new TestBackend()
let ann: Actor
let bo: Actor

beforeAll(async () => {
  await server.start()
  ann = await server.person("Ann")
  bo = await server.person("Bo")
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => void vi.useRealTimers())

/** A WebSocket whose reader takes nothing as long as `waiting` bytes wait for it. */
class Reader {
  readonly OPEN = 1
  readyState = 1
  waiting = 0
  readonly heard: string[] = []
  closed: number | undefined
  get bufferedAmount(): number {
    return this.waiting
  }
  sendFrame(frame: Buffer): void {
    this.heard.push(/"_tag":"(\w+)"/.exec(String(frame))![1]!)
  }
  close(code: number): void {
    this.readyState = 2
    this.closed = code
  }
  terminate(): void {
    this.readyState = 3
  }
}

const watching = async (reader: Reader) => {
  const speaker = { backend: server.it, actor: bo, socket: reader as unknown as FramedSocket } as Speaker
  const stop = activityOver(speaker)(1, () => undefined)
  await vi.waitFor(() => expect(reader.heard).toEqual(["Watching"]))
  return stop
}

test("a reader who was slow for a while is told once that the list changed, and then goes on", async () => {
  const room = await server.room(ann)
  await server.say(bo, room, { _tag: "JoinRoom" })
  const reader = new Reader()
  const stop = await watching(reader)
  await server.say(ann, room, posting("one"))
  reader.waiting = mostBuffered + 1
  for (const text of ["two", "three", "four"]) await server.say(ann, room, posting(text))
  expect(reader.heard).toEqual(["Watching", "Posted"])
  reader.waiting = 0
  await vi.waitFor(() => expect(reader.heard).toEqual(["Watching", "Posted", "RoomsChanged"]))
  await server.say(ann, room, posting("five"))
  expect(reader.heard).toEqual(["Watching", "Posted", "RoomsChanged", "Posted"])
  stop()
  await server.say(ann, room, posting("six"))
  expect(reader.heard).toHaveLength(4)
})

test("a reader who takes nothing for five seconds is sent away", async () => {
  const room = await server.room(ann)
  await server.say(bo, room, { _tag: "JoinRoom" })
  const reader = new Reader()
  const stop = await watching(reader)
  reader.waiting = mostBuffered + 1
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "setTimeout", "clearTimeout", "performance"] })
  await server.say(ann, room, posting("unheard"))
  vi.advanceTimersByTime(4_000)
  expect(reader.closed).toBeUndefined()
  vi.advanceTimersByTime(2_500)
  expect([reader.closed, reader.readyState]).toEqual([4008, 3])
  stop()
})
