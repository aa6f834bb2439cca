import { randomUUID } from "node:crypto"
import type { AppRouter } from "@roomlog/backend"
import type { CommandId, FeedItem, MessageId, RoomId, Token } from "@roomlog/schemas"
import { createTRPCClient, createWSClient, TRPCClientError, wsLink } from "@trpc/client"
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest"
import { WebSocket } from "ws"
import { startRoomlog, type TestRoomlog } from "./index.ts"

// tRPC's encoder hook, on which the direct lane stands, is marked experimental: this holds it against the real client.

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

test("an unmodified client is told the past, then that it is live, then what happens", async () => {
  const { api } = connect(ann)
  const room = await newRoom(api)
  await post(api, room, "before")
  const reader = follow(connect(ann).api, room, 0)
  await reader.live()
  await post(api, room, "after")
  await reader.until(4)
  expect(reader.items.map(({ id, data }) => [id, data._tag])).toEqual([
    [token(3), "Events"],
    [token(3), "Live"],
    [token(3), "Signal"],
    [token(4), "Events"],
  ])
  expect(reader.items.at(-1)?.data).toMatchObject({
    events: [{ seq: 4, event: { _tag: "MessagePosted", text: "after" } }],
  })
})

test("subscriptions on one socket do not hear one another's rooms", async () => {
  const { api } = connect(ann)
  const rooms = [await newRoom(api), await newRoom(api), await newRoom(api)]
  const readers = rooms.map((room) => follow(api, room, 0))
  await Promise.all(readers.map(({ live }) => live()))
  for (const n of upTo(20)) await Promise.all(rooms.map((room) => post(api, room, `${n}`)))
  for (const [i, reader] of readers.entries()) {
    await reader.until(22)
    expect(reader.seqs()).toEqual(upTo(22))
    for (const { data } of reader.items)
      if (data._tag === "Events") expect(new Set(data.events.map(({ room }) => room))).toEqual(new Set([rooms[i]]))
  }
})

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

test("a client with many rooms gets all of them back at once", async () => {
  const { api, cut } = connect(ann)
  const rooms: RoomId[] = []
  for (const _ of upTo(30)) rooms.push(await newRoom(api))
  const readers = rooms.map((room) => follow(api, room, 0))
  await Promise.all(readers.map(({ live }) => live()))
  cut()
  for (const [i, room] of rooms.entries()) {
    await post(api, room, "still there?")
    await readers[i]!.until(3)
    expect(readers[i]!.seqs()).toEqual(upTo(3))
  }
})

test("who loses the right to read is told why, on the direct lane too", async () => {
  const { api } = connect(ann)
  const room = await newRoom(api, "private")
  const his = connect(await signIn("Bo")).api
  const { code } = await api.room.invitation.query({ room })
  await his.room.join.mutate({ commandId: id(), room, invitation: code })
  const reader = follow(his, room, 0)
  await reader.live()
  const { id: user } = (await his.identity.me.query())!
  const { seq } = await api.room.removeMember.mutate({ commandId: id(), room, user })
  await post(api, room, "now we are alone")
  await vi.waitFor(() => expect(reader.errors).toHaveLength(1))
  const [error] = reader.errors as [TRPCClientError<AppRouter>]
  expect(error).toBeInstanceOf(TRPCClientError)
  expect(error.data?.rejection).toEqual({ _tag: "RoomNotFound", room })
  expect(reader.seqs()).toEqual(upTo(seq))
})

test("server-sent events tell the same story", async () => {
  const { api } = connect(ann)
  const room = await newRoom(api)
  for (const n of upTo(5)) await post(api, room, `${n}`)
  const overSocket = follow(api, room, 2)
  await overSocket.live()
  const overHttp = await events(room, token(2))
  for (const n of upTo(5)) await post(api, room, `and ${n}`)
  await overSocket.until(12)
  const told = await overHttp(12)
  const ids = new Set(overSocket.items.map(({ id }) => id))
  const happened = (items: ReadonlyArray<FeedItem>) =>
    items.flatMap((item) => (item._tag === "Events" ? item.events : []))
  expect(happened(told.map(({ data }) => data))).toEqual(happened(overSocket.items.map(({ data }) => data)))
  expect(told.every(({ id }) => ids.has(id))).toBe(true)
  overSocket.unsubscribe()
  await nobodyFollows()
  const resumed = await (await events(room, token(0), token(10)))(12)
  expect(happened(resumed.map(({ data }) => data)).map(({ seq }) => seq)).toEqual([11, 12])
})

/** Follows over HTTP; gives what was told up to a seq, and goes. */
const events = async (room: RoomId, from: Token, lastEventId?: Token) => {
  const gone = new AbortController()
  const input = encodeURIComponent(JSON.stringify({ room, from }))
  const headers = { accept: "text/event-stream", authorization: `Bearer ${ann}` }
  const response = await fetch(`${server.url}/trpc/room.follow?input=${input}`, {
    headers: { ...headers, ...(lastEventId ? { "last-event-id": lastEventId } : {}) },
    signal: gone.signal,
  })
  expect(response.headers.get("content-type")).toMatch("text/event-stream")
  return async (last: number): Promise<ReadonlyArray<{ readonly id: string; readonly data: FeedItem }>> => {
    let text = ""
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.includes(`id: ${token(last)}\n`) && text.endsWith("\n\n")) break
    }
    gone.abort()
    return text.split("\n\n").flatMap((block) => {
      const { id, data } = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)))
      return id && data ? [{ id, data: JSON.parse(data) as FeedItem }] : []
    })
  }
}
