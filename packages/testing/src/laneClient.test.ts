import { randomUUID } from "node:crypto"
import type { AppRouter } from "@roomlog/backend"
import type { ActivityItem, CommandId, FeedItem, MessageId, RoomId, Token } from "@roomlog/schemas"
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client"
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest"
import { WebSocket } from "ws"
import { startRoomlog, type TestRoomlog } from "./index.ts"

// A lane speaks tRPC's protocol by itself: this holds it against tRPC's own client.

let server: TestRoomlog
let ann: string
const open: Array<() => void> = []

beforeAll(async () => {
  server = await startRoomlog({ settings: { LOG_LEVEL: "silent" } })
  ann = await signIn("Ann")
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())
afterEach(async () => {
  for (const close of open.splice(0)) close()
  await nobodyFollows()
})

const nobodyFollows = () => vi.waitFor(() => expect(server.backend.feed.size()).toBe(0), { timeout: 10_000 })

const signIn = async (name: string): Promise<string> => {
  const response = await fetch(`${server.url}/trpc/identity.signIn`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: `${name} ${randomUUID().slice(0, 6)}` }),
  })
  const { result } = (await response.json()) as { result: { data: { token: string } } }
  return result.data.token
}

/** The real client over the real WebSocket, and how to cut its connection as a lost network does. */
const connect = (token: string) => {
  let newest: WebSocket | undefined
  class Cuttable extends WebSocket {
    constructor(url: string) {
      super(url)
      newest = this
    }
  }
  const socket = createWSClient({
    url: server.url.replace("http", "ws").concat("/trpc"),
    WebSocket: Cuttable as unknown as typeof globalThis.WebSocket,
    connectionParams: { token },
    retryDelayMs: () => 0,
  })
  open.push(() => void socket.close())
  const api = createTRPCClient<AppRouter>({ links: [wsLink({ client: socket })] })
  return { api, cut: () => newest?.terminate() }
}
type Api = ReturnType<typeof connect>["api"]

const newRoom = async (api: Api, visibility: "public" | "private" = "public"): Promise<RoomId> => {
  const room = randomUUID() as RoomId
  await api.room.create.mutate({ commandId: id(), room, name: `room ${room}`, topic: "", visibility })
  return room
}
const id = () => randomUUID() as CommandId
const post = (api: Api, room: RoomId, text: string) =>
  api.message.post.mutate({
    commandId: id(),
    room,
    message: randomUUID() as MessageId,
    text,
    images: [],
    replyTo: null,
  })

/** What a subscription was told. */
const follow = (api: Api, room: RoomId, from?: number) => {
  const items: Array<{ readonly id: string; readonly data: FeedItem }> = []
  const errors: unknown[] = []
  const { unsubscribe } = api.room.follow.subscribe(
    { room, ...(from === undefined ? {} : { from: token(from) }) },
    { onData: (item) => items.push(item), onError: (error) => errors.push(error) },
  )
  const seqs = () => items.flatMap(({ data }) => (data._tag === "Events" ? data.events.map(({ seq }) => seq) : []))
  const until = (last: number) => vi.waitFor(() => expect(seqs().at(-1)).toBe(last), { timeout: 20_000 })
  const live = () => vi.waitFor(() => expect(items.some(({ data }) => data._tag === "Live")).toBe(true))
  return { items, errors, unsubscribe, seqs, until, live }
}
const token = (seq: number) => `${server.backend.log.epoch()}.${seq}` as Token
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

test("who stops is told nothing more and leaves nothing behind, and the socket goes on", async () => {
  const { api } = connect(ann)
  const room = await newRoom(api)
  const [stopped, goesOn] = [follow(api, room), follow(api, room)]
  await Promise.all([stopped.live(), goesOn.live()])
  expect(server.backend.feed.size()).toBe(2)
  stopped.unsubscribe()
  await vi.waitFor(() => expect(server.backend.feed.size()).toBe(1))
  await post(api, room, "hello")
  await goesOn.until(3)
  expect(stopped.seqs()).toEqual([])
  goesOn.unsubscribe()
  await nobodyFollows()
  expect(await api.identity.me.query()).not.toBeNull()
})

test("what is new in one's rooms is told beside the room itself", async () => {
  const { api } = connect(ann)
  const [here, elsewhere] = [await newRoom(api), await newRoom(api)]
  const news: ActivityItem[] = []
  const { unsubscribe } = api.room.activity.subscribe(undefined, { onData: (item) => news.push(item) })
  await vi.waitFor(() => expect(news).toEqual([{ _tag: "Watching" }]))
  const reader = follow(api, here)
  await reader.live()
  const { seq } = await post(api, elsewhere, "over here")
  await vi.waitFor(() => expect(news.at(-1)).toMatchObject({ _tag: "Posted", room: elsewhere, seq }))
  unsubscribe()
  reader.unsubscribe()
  await nobodyFollows()
})

test("who may not read a room is told so, and not connected again and again", async () => {
  const { api } = connect(ann)
  const { api: stranger } = connect(await signIn("Eve"))
  const room = await newRoom(api, "private")
  const { errors } = follow(stranger, room)
  await vi.waitFor(() => expect(errors).toHaveLength(1))
  expect(errors[0]).toMatchObject({ data: { rejection: { _tag: "RoomNotFound", room } } })
  expect(server.backend.feed.size()).toBe(0)
})

test("a lost connection is resumed from the last thing heard, however often it is lost", async () => {
  const writer = connect(ann).api
  const room = await newRoom(writer)
  const lines = upTo(8).map(() => connect(ann))
  const readers = lines.map(({ api }) => follow(api, room, 0))
  for (let n = 0; n < 200; n++) {
    await post(writer, room, `${n}`)
    if (n % 5 === 0) lines[(n / 5) % 8]!.cut()
  }
  for (const reader of readers) {
    await reader.until(202)
    expect(reader.seqs()).toEqual(upTo(202))
    expect(reader.errors).toEqual([])
  }
  await vi.waitFor(() => expect(server.backend.feed.size()).toBe(8), { timeout: 10_000 })
})
