import { DatabaseError } from "@roomlog/log"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { startRoomlog, type TestRoomlog } from "./index.ts"

// What somebody's tests look like: one Roomlog for all, as new before each.

const clock = Date.UTC(2031, 0, 1)
let roomlog: TestRoomlog
beforeAll(async () => {
  roomlog = await startRoomlog({ seed: 7, clock })
})
beforeEach(() => roomlog.reset())
afterAll(() => roomlog[Symbol.asyncDispose]())

const story = async () => {
  const ann = await roomlog.signedIn("Ann")
  expect(await ann.rooms.find("lobby")).toBe(null)
  const { room } = await ann.rooms.enter("lobby")
  const lobby = ann.open(room)
  await lobby.ready
  const seq = await lobby.post({ text: "first" })
  roomlog.setClock(clock + 1_000)
  await lobby.post({ text: "second" })
  return { room, seq, me: ann.me.get()?.id, at: lobby.state.get().items.map(({ at }) => at) }
}

let before: Awaited<ReturnType<typeof story>>
test("a story", async () => {
  before = await story()
})

test("the same story again: nobody and nothing is there, and ids and times are the same", async () => {
  const { url } = roomlog
  expect(await story()).toEqual({ ...before, room: expect.any(String) })
  expect(roomlog.url).toBe(url)
})

test("events are guarded again, and the log has another life", async () => {
  const { epoch } = roomlog.backend.log
  await story()
  const erasing = roomlog.backend.log.query("delete from event")
  await expect(erasing).rejects.toBeInstanceOf(DatabaseError)
  await roomlog.reset()
  expect(roomlog.backend.log.epoch).not.toBe(epoch)
  expect(await roomlog.backend.log.query("select * from event")).toEqual([])
})

test("what is large is gone too, and so are things that refer to each other", async () => {
  const { query } = roomlog.backend.log
  await query("create table large as select n, repeat('x', 1000) as text from generate_series(1, 2000) as n")
  await query("create table one (id int primary key)")
  await query("create table other (one int references one)")
  await query("insert into one values (1)")
  await query("insert into other values (1)")
  await roomlog.reset()
  const left =
    "select (select count(*)::int from large) + (select count(*)::int from one) + count(*)::int as n from other"
  expect(await roomlog.backend.log.query(left)).toEqual([{ n: 0 }])
})

test("clients of before are closed", async () => {
  const ann = await roomlog.signedIn("Ann")
  await roomlog.reset()
  await expect(ann.rooms.find("lobby")).rejects.toThrow()
})
