import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { WebSocket } from "ws"
import { startRoomlog, type TestRoomlog } from "./index.ts"

// Commands and pages of history over WebSocket go past tRPC. Those in an array do not: the two must answer alike.

const mostConnections = 5
let server: TestRoomlog
let token: string

beforeAll(async () => {
  server = await startRoomlog({ settings: { LOG_LEVEL: "silent", CONNECTIONS_PER_PERSON: String(mostConnections) } })
  const response = await fetch(`${server.url}/trpc/identity.signIn`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Ann" }),
  })
  token = ((await response.json()) as { result: { data: { token: string } } }).result.data.token
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

interface Answer {
  readonly id: number | string | null
  readonly result?: { readonly type: string; readonly data: Record<string, unknown> }
  readonly error?: { readonly message: string; readonly data: Record<string, unknown> }
}

const connect = async (headers: Record<string, string> = { authorization: `Bearer ${token}` }) => {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`, { headers })
  await new Promise((open) => socket.once("open", open))
  // Who speaks is known once something was answered.
  const ask = (message: object): Promise<Answer> =>
    new Promise((resolve) => {
      socket.once("message", (data) => resolve(JSON.parse(String(data)) as Answer))
      socket.send(JSON.stringify(message))
    })
  await ask({ id: 0, method: "query", params: { path: "identity.me" } })
  return { socket, ask, [Symbol.dispose]: () => socket.terminate() }
}

const mutation = (path: string, input: unknown, id: number | string = 1) => ({
  id,
  method: "mutation",
  params: { path, input },
})
const post = (room: string, more: object = {}) =>
  mutation("message.post", {
    commandId: randomUUID(),
    room,
    message: randomUUID(),
    text: "hello",
    images: [],
    replyTo: null,
    ...more,
  })

const history = (input: unknown) => ({ id: 1, method: "query", params: { path: "message.history", input } })

const newRoom = async (): Promise<string> => {
  using ann = await connect()
  const room = randomUUID()
  const name = `room ${room}`
  const made = await ann.ask(
    mutation("room.create", { commandId: randomUUID(), room, name, topic: "", visibility: "public" }),
  )
  expect(made.result?.data).toMatchObject({ room, seq: 2 })
  return room
}

const openSockets = async (): Promise<number> => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^roomlog_websockets (\d+)$/m.exec(metrics)![1])
}

test("a command is carried out once, whichever way it comes", async () => {
  using ann = await connect()
  const command = post(await newRoom())
  const past = await ann.ask(command)
  expect(past).toMatchObject({ id: 1, result: { type: "data", data: { seq: 3 } } })
  expect(await ann.ask([command])).toEqual(past)
  expect(await ann.ask(command)).toEqual(past)
})

test("a page of history says the same, whichever way it is asked for", async () => {
  using ann = await connect()
  const room = await newRoom()
  for (const text of ["one", 'a "quoted" \\ line']) await ann.ask(post(room, { text }))
  const page = await ann.ask(history({ room }))
  expect(page.result?.data["items"]).toHaveLength(4)
  expect(page).toEqual(await ann.ask([history({ room })]))
})

test.each([
  ["a page of a room that does not exist", async () => history({ room: randomUUID() })],
  ["a page of two places", async () => history({ room: randomUUID(), before: 3, after: 1 })],
  ["a page of no room", async () => history(undefined)],
  ["a page asked for as if it were a command", async () => ({ ...history({}), method: "mutation" })],
  ["a refusal by the rules", async () => post(randomUUID())],
  ["a text that is too long", async () => post(await newRoom(), { text: "x".repeat(20_000) })],
  ["a field that nobody knows", async () => post(await newRoom(), { colour: "red" })],
  ["a field that is missing", async () => mutation("message.post", { room: randomUUID() })],
  ["no input at all", async () => mutation("message.post", undefined)],
  ["a command that does not exist", async () => mutation("message.shout", {})],
  ["a name that every object has", async () => mutation("constructor", {})],
  ["an id in letters", async () => ({ ...post(randomUUID()), id: "first" })],
  ["an id that is none", async () => ({ ...post(randomUUID()), id: null })],
  ["a query called as a mutation", async () => mutation("room.list", {})],
  ["a command called as a query", async () => ({ ...post(randomUUID()), method: "query" })],
])("%s is answered in the same words", async (_, message) => {
  using ann = await connect()
  const said = await message()
  const answer = await ann.ask(said)
  expect(answer.error?.message).toBeTypeOf("string")
  expect(answer).toEqual(await ann.ask([said]))
})

test("strangers are sent to sign in", async () => {
  using stranger = await connect({})
  const said = post(await newRoom())
  const answer = await stranger.ask(said)
  expect(answer.error?.data["rejection"]).toEqual({ _tag: "NotSignedIn" })
  expect(answer).toEqual(await stranger.ask([said]))
})

test("more calls at once than a connection may have are refused, the others are carried out", async () => {
  const room = await newRoom()
  using ann = await connect()
  const answers: Array<Answer> = []
  const all = new Promise<void>((resolve) =>
    ann.socket.on("message", (data) => {
      answers.push(JSON.parse(String(data)) as Answer)
      if (answers.length === 40) resolve()
    }),
  )
  for (let id = 1; id <= 40; id++) ann.socket.send(JSON.stringify({ ...post(room), id }))
  await all
  const refused = answers.filter(({ error }) => error !== undefined)
  expect(refused.length).toBeLessThanOrEqual(8)
  for (const { error } of refused) expect(error?.data["rejection"]).toMatchObject({ _tag: "RateLimited" })
  const seqs = answers.flatMap(({ result }) => (result ? [result.data["seq"]] : []))
  expect(new Set(seqs).size).toBe(answers.length - refused.length)
})

const tagOf = (data: unknown): unknown => Object(Object(data).data)._tag

/** Everything that comes, and a way to wait for so much of it. */
const hearing = (socket: WebSocket) => {
  const heard: Answer[] = []
  socket.on("message", (data) => void heard.push(JSON.parse(String(data)) as Answer))
  /** What was said to a request, signs of presence left out. */
  const said = (id: number) =>
    heard
      .filter((answer) => answer.id === id)
      .map(({ result, error }) => (error ? "error" : (tagOf(result?.data) ?? result?.type)))
      .filter((word) => word !== "Signal")
  return { heard, said, until: (isSo: () => boolean) => vi.waitFor(() => expect(isSo()).toBe(true), 10_000) }
}
const following = (id: number, room: string, more: object = {}) => ({
  id,
  method: "subscription",
  params: { path: "room.follow", input: { room }, ...more },
})

test("a subscription is started, told, stopped once, and its id is free again", async () => {
  const room = await newRoom()
  using ann = await connect()
  const { heard, said, until } = hearing(ann.socket)
  const say = (message: object) => ann.socket.send(JSON.stringify(message))
  say(following(7, room))
  await until(() => said(7).includes("Live"))
  say(following(7, room))
  await until(() => said(7).includes("error"))
  expect(heard.find(({ error }) => error)?.error?.message).toBe("Duplicate id 7")
  say({ id: 7, method: "subscription.stop" })
  say({ id: 7, method: "subscription.stop" })
  say(following(7, room, { lastEventId: `${server.backend.log.epoch()}.1` }))
  await until(() => said(7).length >= 7)
  expect(said(7)).toEqual(["started", "Live", "error", "stopped", "started", "Events", "Live"])
})

test("what is said before it is known who speaks waits for that", async () => {
  const room = await newRoom()
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc?connectionParams=1`)
  const { said, until } = hearing(socket)
  socket.once("open", () => {
    for (const message of [
      { method: "connectionParams", data: { token } },
      [following(1, room), { id: 2, method: "query", params: { path: "identity.me" } }, following(3, room)],
      { ...post(room), id: 4 },
    ])
      socket.send(JSON.stringify(message))
  })
  await until(() => [1, 3].every((id) => said(id).length === 3) && said(2).length + said(4).length === 2)
  expect(said(1).toSorted()).toEqual(["Events", "Live", "started"])
  expect(server.backend.feed.size()).toBe(2)
  socket.terminate()
  await until(() => server.backend.feed.size() === 0)
})

test("nothing is begun for a connection that is gone before it is known who speaks", async () => {
  const { identity } = server.backend
  const known = Promise.withResolvers<void>()
  const look = identity.whoHolds
  using looking = vi.spyOn(identity, "whoHolds").mockImplementation((held) =>
    Effect.andThen(
      Effect.promise(() => known.promise),
      look(held),
    ),
  )
  using begun = vi.spyOn(identity, "onEnded")
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`, {
    headers: { authorization: `Bearer ${token}` },
  })
  await new Promise((open) => socket.once("open", open))
  await vi.waitFor(() => expect(looking).toHaveBeenCalled())
  socket.terminate()
  await vi.waitFor(async () => expect(await openSockets()).toBe(0))
  known.resolve()
  looking.mockRestore()
  // Whoever comes later is known later.
  using _ = await connect()
  expect(begun).toHaveBeenCalledTimes(1)
})

test("more subscriptions than a connection may have are refused", async () => {
  const room = await newRoom()
  using ann = await connect()
  const { heard, until } = hearing(ann.socket)
  for (let id = 1; id <= 65; id++) ann.socket.send(JSON.stringify(following(id, room)))
  await until(() => heard.some(({ error }) => error !== undefined))
  expect(heard.find(({ error }) => error)).toMatchObject({
    id: 65,
    error: { data: { rejection: { _tag: "RateLimited" } } },
  })
})

test("a sign of life is answered once, whoever listens by then", async () => {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`)
  const heard: string[] = []
  socket.on("message", (data) => void heard.push(String(data).replace(/^\{"id":(\d+).*/, "$1")))
  const me = (id: number) => JSON.stringify({ id, method: "query", params: { path: "identity.me" } })
  await new Promise((open) => socket.once("open", open))
  for (const [message, answers] of [
    ["PING", 1],
    [me(1), 2],
    ["PONG", 2],
    ["PING", 3],
    [me(2), 4],
  ] as const) {
    socket.send(message)
    await vi.waitFor(() => expect(heard).toHaveLength(answers))
  }
  expect(heard).toEqual(["PONG", "1", "PONG", "2"])
  socket.terminate()
})

const closed = (socket: WebSocket) => new Promise<number>((resolve) => socket.once("close", resolve))

test("whoever cannot be known is told so, and let go", async () => {
  using _ = vi.spyOn(server.backend.identity, "whoHolds").mockReturnValue(Effect.die(new Error("out of order")))
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { heard } = hearing(socket)
  await closed(socket)
  expect(heard).toMatchObject([
    { id: null, error: { message: expect.stringMatching(/^Something went wrong inside the server\. \(\w+\)$/) } },
  ])
})

test("more connections than a person may have are closed, and there is room again when one ends", async () => {
  const come = () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const isIn = new Promise<boolean>((resolve) => {
      socket.once("close", () => resolve(false))
      socket.once("message", () => resolve(true))
      socket.once("open", () => socket.send(JSON.stringify(following(1, "no room"))))
    })
    return { socket, isIn }
  }
  await vi.waitFor(async () => expect(await openSockets()).toBe(0))
  const guests = Array.from({ length: mostConnections }, come)
  expect(await Promise.all(guests.map(({ isIn }) => isIn))).not.toContain(false)
  const late = come()
  expect(await closed(late.socket)).toBe(4009)
  guests[0]!.socket.terminate()
  await vi.waitFor(async () => {
    const next = come()
    const isIn = await next.isIn
    next.socket.terminate()
    expect(isIn).toBe(true)
  }, 10_000)
  for (const { socket } of guests) socket.terminate()
})
