import type { ActivityItem, MessageId, RoomId } from "@roomlog/schemas"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import type { Actor } from "../identity/identity.ts"
import { derivedId } from "../imported/ids.ts"
import { posting, TestBackend } from "./testing.ts"

const server = new TestBackend()
let ann: Actor
let bo: Actor
let heard: ActivityItem[]
let stop = (): void => undefined

beforeAll(async () => {
  await server.start()
  ann = await server.person("Ann")
  bo = await server.person("Bo")
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  stop()
  heard = []
})

const watch = (rooms: ReadonlyArray<RoomId>): void => {
  stop = server.it.feed.watch({ user: bo.id, tell: ({ item }) => heard.push(item) }, rooms)
}
/** What was heard since it was last asked for. */
const news = (): ReadonlyArray<ActivityItem> => heard.splice(0)
const changed = { _tag: "RoomsChanged" } as const

test("posts in one's rooms are told with their author, and posts elsewhere are not", async () => {
  const [mine, other] = [await server.room(ann), await server.room(ann)]
  watch([mine])
  await server.post(ann, other, "not for Bo")
  const { seq } = await server.say(ann, mine, posting("for Bo"))
  expect(news()).toEqual([{ _tag: "Posted", room: mine, seq, by: ann.id, name: ann.name }])
})

test("what was taken over from elsewhere is no news", async () => {
  const room = await server.room(ann)
  watch([room])
  const message = derivedId("a message of long ago") as MessageId
  await server.say(ann, room, { ...posting("long ago"), message })
  expect(news()).toEqual([])
})

test("edits, removals and reactions are no news", async () => {
  const room = await server.room(ann)
  const message = posting("hello")
  await server.say(ann, room, message)
  watch([room])
  const { message: id } = message
  await server.say(ann, room, { _tag: "EditMessage", message: id, text: "hello again" })
  await server.say(ann, room, { _tag: "React", message: id, emoji: "👍" })
  await server.say(ann, room, { _tag: "RemoveMessage", message: id })
  expect(news()).toEqual([])
})

test("who joins a room hears of its posts from then on, and who leaves no more", async () => {
  const room = await server.room(ann, "private")
  watch([])
  await server.post(ann, room, "too early")
  expect(news()).toEqual([])
  await server.say(bo, room, { _tag: "JoinRoom", invitation: server.it.invitation(room, 1) })
  expect(news()).toEqual([changed])
  await server.post(ann, room, "welcome")
  expect(news()).toMatchObject([{ _tag: "Posted", room }])
  await server.say(ann, room, { _tag: "RemoveMember", user: bo.id })
  expect(news()).toEqual([changed])
  await server.post(ann, room, "he is gone")
  expect(news()).toEqual([])
})

test("a new public room is news to everybody, a private one to its owner", async () => {
  watch([])
  await server.room(ann, "private")
  expect(news()).toEqual([])
  await server.room(ann)
  expect(news()).toEqual([changed])
})

test("a new name of one's room is news, and a new name of another's is not", async () => {
  const [mine, other] = [await server.room(ann), await server.room(ann, "private")]
  watch([mine])
  await server.say(ann, other, { _tag: "RenameRoom", name: `other ${other}` })
  expect(news()).toEqual([])
  await server.say(ann, mine, { _tag: "RenameRoom", name: `mine ${mine}` })
  await server.say(ann, mine, { _tag: "SetTopic", topic: "names" })
  expect(news()).toEqual([changed, changed])
})

test("who has stopped watching is told nothing", async () => {
  const room = await server.room(ann)
  watch([room])
  stop()
  await server.post(ann, room, "anybody?")
  expect(news()).toEqual([])
})
