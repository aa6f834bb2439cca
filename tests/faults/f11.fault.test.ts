import { randomUUID } from "node:crypto"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { startRoomlog, type TestRoomlog } from "@roomlog/testing"
import { afterAll, beforeAll, expect, test } from "vitest"
import { until } from "../live.ts"
import { lines, sees } from "../system/shown.ts"
import { Newer } from "./newer.ts"

// An upgrade rolls: a node of the next version appends to the log that a node of today serves from.

let postgres: TestPostgres
let today: TestRoomlog
let newer: Newer

beforeAll(async () => {
  postgres = await startPostgres()
  const databaseUrl = await postgres.freshDatabase()
  today = await startRoomlog({ databaseUrl, settings: { LOG_LEVEL: "error" } })
  newer = await Newer.open(databaseUrl)
})
afterAll(async () => {
  await newer?.close()
  await today?.[Symbol.asyncDispose]()
  await postgres?.stop("immediate")
})

test("what happens there is told here in its place, and history, live and after a return, shows the same", async () => {
  const ann = await today.signedIn("Ann 1")
  const { room } = await ann.rooms.enter("roll")
  const open = ann.open(room)
  await open.ready
  const me = ann.me.get()!.id
  await open.post({ text: "before" })
  const { id: message } = await sees(open, "before")

  await newer.does(room, me, { do: "pin", message })
  await newer.does(room, me, { do: "paint", colour: "blue" })
  await newer.does(room, me, { do: "edit", message, text: "before, said better" })
  const { seq } = await newer.does(room, me, { do: "post", message: randomUUID(), text: "from the future" })
  const after = await open.post({ text: "after" })
  expect(after).toBe(seq + 1)
  const told = ["RoomCreated", "MemberJoined", "before, said better", "Unknown", "from the future", "after"]
  const live = await until(open.state, (state) => lines(state).join() === told.join())

  const late = ann.open(room)
  await late.ready
  expect(lines(late.state.get())).toEqual(told)
  expect((await ann.history({ room })).items).toEqual(live.items)
  expect(live.items[3]).toMatchObject({ _tag: "Notice", event: { _tag: "Unknown", type: "RoomPainted" } })
})

test("what a newer version added to a message survives what today's does to it", async () => {
  const ann = await today.signedIn("Ann 2")
  const { room } = await ann.rooms.enter("keepsake")
  const open = ann.open(room)
  await open.post({ text: "keep this" })
  const { id: message } = await sees(open, "keep this")
  await newer.does(room, ann.me.get()!.id, { do: "pin", message })
  await open.edit(message, "kept")
  await open.toggleReaction(message, "👍")
  const [row] = await newer.query<{ view: object }>("select view from item where id = $1::uuid", [message])
  expect(row?.view).toMatchObject({ text: "kept", pinned: true, reactions: [{ emoji: "👍", count: 1 }] })
})

test("whom a newer version shut out is out here too: nothing is told to them, and nothing is taken from them", async () => {
  const ann = await today.signedIn("Ann 3")
  const room = await ann.rooms.create({ name: "club", visibility: "private" })
  const invitation = await ann.rooms.invitation(room)
  const hers = ann.open(room)
  await hers.ready
  const guests = await Promise.all(
    ["Bob 3", "Cat 3", "Dan 3"].map(async (name) => {
      const client = await today.signedIn(name)
      await client.rooms.join(room, invitation)
      const open = client.open(room)
      await open.ready
      await open.post({ text: `${name} was here` })
      return { client, open, id: client.me.get()!.id }
    }),
  )
  const [bob, cat, dan] = guests as [(typeof guests)[0], (typeof guests)[0], (typeof guests)[0]]
  const { seq } = await newer.does(room, ann.me.get()!.id, { do: "ban", users: [bob.id, cat.id] })
  const last = await hers.post({ text: "now to business" })
  await until(dan.open.state, ({ upTo }) => upTo >= last)
  for (const { client, open } of [bob, cat]) {
    await until(open.state, ({ phase }) => phase === "lost")
    expect(open.state.get().upTo).toBeLessThanOrEqual(seq)
    expect(lines(open.state.get())).not.toContain("now to business")
    await expect(client.rooms.setTopic(room, "mine")).rejects.toMatchObject({ rejection: { _tag: "RoomNotFound" } })
  }
  expect(await dan.open.post({ text: "still here" })).toBe(last + 1)
})
