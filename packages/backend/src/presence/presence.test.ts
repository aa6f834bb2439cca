import { randomUUID } from "node:crypto"
import { InProcess } from "@roomlog/log"
import type { Profile, RoomId, UserId } from "@roomlog/schemas"
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest"
import { alonePresence, Nodes } from "./testing.ts"

const nodes = new Nodes()
beforeAll(() => nodes.open(), 60_000)
afterAll(() => nodes[Symbol.asyncDispose]())

let room: RoomId
let ann: Profile
let bo: Profile
beforeEach(async () => {
  room = randomUUID() as RoomId
  ann = await nodes.person("Ann")
  bo = await nodes.person("Bo")
})

const came = ({ id, name }: Profile) => ({ user: id, name, online: true })
const went = ({ id, name }: Profile) => ({ user: id, name, online: false })

test("on a node alone people come with their first connection and go with their last, and no database is asked", async () => {
  const { presence, heard } = alonePresence()
  await presence.know(room)
  presence.enter(room, ann)
  presence.enter(room, ann)
  presence.leave(room, ann)
  expect(presence.here(room)).toEqual([ann])
  presence.leave(room, ann)
  presence.leave(room, ann)
  expect(presence.here(room)).toEqual([])
  expect(heard(room)).toEqual([came(ann), went(ann)])
  await presence.stop()
})

test("a person is told of once, on however many nodes they are", async () => {
  const [one, two] = await nodes.start(new InProcess(), 2)
  await two!.presence.know(room)
  one!.presence.enter(room, ann)
  await two!.sees(room, [ann])
  two!.presence.enter(room, ann)
  one!.presence.leave(room, ann)
  one!.presence.enter(room, bo)
  await two!.sees(room, [ann, bo])
  two!.presence.leave(room, ann)
  one!.presence.leave(room, bo)
  await two!.sees(room, [])
  expect(two!.heard(room)).toEqual([came(ann), came(bo), went(ann), went(bo)])
})

test("who comes later learns who is there, and hears of them by their names", async () => {
  const carriers = new InProcess()
  const [one] = await nodes.start(carriers, 1)
  one!.presence.enter(room, ann)
  one!.presence.enter(room, bo)
  await one!.written()
  const [two] = await nodes.start(carriers, 1)
  expect(two!.presence.here(room)).toEqual([])
  await two!.presence.know(room)
  await two!.sees(room, [ann, bo])
  two!.presence.forget(room)
  expect(two!.presence.here(room)).toEqual([])
})

test("when every message is lost, two sweeps find out", async () => {
  const [one, two] = await nodes.start(new InProcess(() => false), 2)
  await two!.presence.know(room)
  one!.presence.enter(room, ann)
  await one!.written()
  await two!.lease.sweep()
  await two!.lease.sweep()
  await two!.sees(room, [ann])
})

test("a lost message is noticed by the next one, and a doubt makes sure at once", async () => {
  let isLost = true
  const carriers = new InProcess(() => !isLost)
  const [one, two] = await nodes.start(carriers, 2)
  await two!.presence.know(room)
  one!.presence.enter(room, ann)
  await one!.written()
  isLost = false
  one!.presence.enter(room, bo)
  await two!.sees(room, [ann, bo])
  isLost = true
  one!.presence.leave(room, ann)
  await one!.written()
  carriers.doubt()
  await two!.sees(room, [bo])
  expect(two!.heard(room)).toHaveLength(3)
})

test("a dead node's people are gone, but not those who are elsewhere too", async () => {
  const [one, two, dead] = await nodes.start(new InProcess(), 3)
  await one!.presence.know(room)
  dead!.presence.enter(room, ann)
  dead!.presence.enter(room, bo)
  two!.presence.enter(room, bo)
  await one!.sees(room, [ann, bo])
  await two!.written()
  dead!.kill()
  await nodes.silence(dead!)
  await one!.lease.sweep()
  await one!.sees(room, [bo])
  expect(one!.heard(room).at(-1)).toEqual(went(ann))
})

test("a node that was given up for dead comes back with its people", async () => {
  const [one, two] = await nodes.start(new InProcess(), 2)
  await one!.presence.know(room)
  two!.presence.enter(room, ann)
  await one!.sees(room, [ann])
  await nodes.silence(two!)
  await one!.lease.sweep()
  await one!.sees(room, [])
  await two!.lease.sweep()
  await one!.sees(room, [ann])
  two!.presence.enter(room, bo)
  await one!.sees(room, [ann, bo])
})

test("who could not renew its own lease judges nobody", async () => {
  const [one, two] = await nodes.start(new InProcess(), 2)
  await one!.presence.know(room)
  two!.presence.enter(room, ann)
  await one!.sees(room, [ann])
  await nodes.silence(one!, two!)
  await one!.lease.sweep()
  await one!.lease.sweep()
  expect(one!.presence.here(room)).toEqual([ann])
})

test("when the database lost who is where, as by a crash, nobody seems to leave and everybody comes back", async () => {
  const carriers = new InProcess()
  const [one, two, three] = await nodes.start(carriers, 3)
  await one!.presence.know(room)
  two!.presence.enter(room, ann)
  three!.presence.enter(room, bo)
  await one!.sees(room, [ann, bo])
  await nodes.crash()
  carriers.doubt()
  await one!.lease.sweep()
  await two!.lease.sweep()
  await two!.written()
  await one!.lease.sweep()
  await one!.sees(room, [ann, bo])
  await three!.lease.sweep()
  await three!.written()
  three!.presence.leave(room, bo)
  await one!.sees(room, [ann])
  expect(one!.heard(room)).toHaveLength(3)
  expect(one!.heard(room).at(-1)).toEqual(went(bo))
})

test("a goodbye is heard at once", async () => {
  const [one, two] = await nodes.start(new InProcess(), 2)
  await one!.presence.know(room)
  two!.presence.enter(room, ann)
  await one!.sees(room, [ann])
  await two!.presence.stop()
  await one!.sees(room, [])
})

test("two thousand people who come in a second cost a few statements", async () => {
  const [one, two] = await nodes.start(new InProcess(), 2)
  await two!.presence.know(room)
  const before = one!.statements()
  for (let i = 0; i < 2_000; i++) one!.presence.enter(room, { id: randomUUID() as UserId, name: `crowd ${i} ÄÖÜ` })
  await vi.waitFor(() => expect(two!.presence.here(room)).toHaveLength(2_000), { timeout: 20_000 })
  expect(one!.statements() - before).toBeLessThan(10)
  expect(Math.max(...nodes.messages.map((message) => Buffer.byteLength(message)))).toBeLessThan(7_000)
})

test("nonsense on the topic is not heard", async () => {
  const carriers = new InProcess()
  const [one, two] = await nodes.start(carriers, 2)
  await two!.presence.know(room)
  const liar = carriers.join()
  const changes = [[room, bo.id, bo.name]]
  for (const lie of [
    "",
    "{",
    "null",
    "[]",
    '{"node":1}',
    JSON.stringify({ node: one!.lease.node, version: "1", changes }),
  ])
    liar.tell("presence", lie)
  one!.presence.enter(room, ann)
  await two!.sees(room, [ann])
  expect(two!.heard(room)).toEqual([came(ann)])
})

test("whoever asks for a room just when another was read is answered", async () => {
  const [one] = await nodes.start(new InProcess(), 1)
  const first = one!.presence.know(room)
  const next = one!.presence.know(randomUUID() as RoomId)
  const asking = Array.from({ length: 20 }, async (_, i) => {
    await first
    for (let microtasks = i % 5; microtasks > 0; microtasks--) await undefined
    await one!.presence.know(randomUUID() as RoomId)
  })
  await next
  expect(await Promise.allSettled(asking)).toEqual(asking.map(() => ({ status: "fulfilled", value: undefined })))
})
