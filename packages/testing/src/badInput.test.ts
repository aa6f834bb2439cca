import { randomUUID } from "node:crypto"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startRoomlog, type TestRoomlog } from "./index.ts"
import { type Answer, Line } from "./line.ts"

type Words = Readonly<Record<string, unknown>>

let server: TestRoomlog
let token: string
const room = randomUUID()
const message = randomUUID()

beforeAll(async () => {
  server = await startRoomlog({ settings: { LOG_LEVEL: "silent" } })
  token = (await signIn("Ann")).token
  await http("room.create", { commandId: randomUUID(), room, name: "lobby", topic: "", visibility: "public" })
  await http("message.post", { ...post(), message })
  const bo = await signIn("Bo")
  await send("room.join", JSON.stringify(inRoom()), { authorization: `Bearer ${bo.token}` })
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

const signIn = async (name: string) =>
  (await http("identity.signIn", { name })).result!.data as { token: string; user: { id: string } }
const post = (words: Words = {}): Words => ({
  commandId: randomUUID(),
  room,
  message: randomUUID(),
  text: "hello",
  images: [],
  replyTo: null,
  ...words,
})
const about = (words: Words = {}): Words => ({ commandId: randomUUID(), room, message, ...words })

const send = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    body,
  })
const http = async (path: string, input: Words): Promise<Answer> =>
  (await (await send(path, JSON.stringify(input))).json()) as Answer

const line = (headers: Record<string, string> = {}) =>
  new Line(server.url, { authorization: `Bearer ${token}`, ...headers })

const invalid = (field: string) => ({ _tag: "InvalidInput", field })
const anId = randomUUID()
const aKey = "img_1700000000_00000000000000000000000000000000.png"
const image = (key: string) => ({ key, alt: "" })
const inRoom = (): Words => ({ commandId: randomUUID(), room })
const newRoom = (words: Words): Words => ({
  commandId: randomUUID(),
  room: randomUUID(),
  name: `room ${randomUUID()}`,
  topic: "",
  visibility: "public",
  ...words,
})

const refusals: ReadonlyArray<
  readonly [what: string, path: string, words: () => Words, rejection: Readonly<Record<string, unknown>>]
> = [
  ["a text that is a number", "message.post", () => post({ text: 5 }), invalid("text")],
  ["no text at all", "message.post", () => post({ text: undefined }), invalid("text")],
  ["a field that nobody knows", "message.post", () => post({ by: randomUUID() }), invalid("by")],
  ["a blank text", "message.post", () => post({ text: " \n " }), { _tag: "MessageIsEmpty", field: "text" }],
  ["4,001 characters", "message.post", () => post({ text: "é".repeat(4_001) }), invalid("text")],
  ["more than 16 KiB", "message.post", () => post({ text: "👩‍👩‍👧".repeat(1_000) }), invalid("text")],
  ["NUL in a text", "message.post", () => post({ text: "a\u0000b" }), invalid("text")],
  ["half of a surrogate pair", "message.post", () => post({ text: "a\ud83d" }), invalid("text")],
  ["a room that is no id", "message.post", () => post({ room: "lobby" }), invalid("room")],
  ["an id in capitals", "message.post", () => post({ message: randomUUID().toUpperCase() }), invalid("message")],
  ["a command id that is none", "message.post", () => post({ commandId: 1 }), invalid("commandId")],
  ["a file's path as an image", "message.post", () => post({ images: [image("../secret")] }), invalid("images.0.key")],
  ["eleven images", "message.post", () => post({ images: Array(11).fill(image(aKey)) }), invalid("images")],
  ["an image of nobody", "message.post", () => post({ images: [image(aKey)] }), { _tag: "ImageNotFound", key: aKey }],
  ["a room that is not", "message.post", () => post({ room: anId }), { _tag: "RoomNotFound", room: anId }],
  ["an answer to nothing", "message.post", () => post({ replyTo: anId }), { _tag: "MessageNotFound", message: anId }],
  ["an id that is taken", "message.post", () => post({ message }), { _tag: "MessageIdTaken", message }],
  ["a message that is not", "message.edit", () => about({ message: anId, text: "x" }), { _tag: "MessageNotFound" }],
  ["an edit to nothing", "message.edit", () => about({ text: "" }), { _tag: "MessageIsEmpty", field: "text" }],
  ["a word as emoji", "message.react", () => about({ emoji: "yes" }), invalid("emoji")],
  ["two emoji", "message.react", () => about({ emoji: "👍👍" }), invalid("emoji")],
  ["no reaction to take back", "message.unreact", () => about({ emoji: "👍" }), { _tag: "NothingChanged" }],
  ["a room name with a slash", "room.create", () => newRoom({ name: "a/b" }), invalid("name")],
  ["a room name in capitals", "room.create", () => newRoom({ name: "Lobby" }), invalid("name")],
  ["a room name that is taken", "room.create", () => newRoom({ name: "lobby" }), { _tag: "RoomNameTaken" }],
  ["a room id that is taken", "room.create", () => newRoom({ room }), { _tag: "RoomIdTaken", room }],
  ["a third kind of room", "room.create", () => newRoom({ visibility: "secret" }), invalid("visibility")],
  ["a topic of two lines", "room.setTopic", () => ({ ...inRoom(), topic: "a\nb" }), invalid("topic")],
  ["a role that is none", "room.giveRole", () => ({ ...inRoom(), user: anId, role: "king" }), invalid("role")],
  ["a stranger", "room.removeMember", () => ({ ...inRoom(), user: anId }), { _tag: "MemberNotFound", user: anId }],
  ["the last owner", "room.leave", () => inRoom(), { _tag: "LastOwner" }],
  ["a code that is none", "room.join", () => ({ ...inRoom(), invitation: "0000" }), invalid("invitation")],
  ["a mark before the start", "room.markRead", () => ({ room, upTo: -1 }), invalid("upTo")],
  ["a blank name", "identity.signIn", () => ({ name: "  " }), invalid("name")],
  ["a long name", "identity.signIn", () => ({ name: "a".repeat(33) }), invalid("name")],
  ["a name that turns direction", "identity.signIn", () => ({ name: "a\u202eb" }), invalid("name")],
  ["a name with something invisible", "identity.signIn", () => ({ name: "A\u200bnn" }), invalid("name")],
  ["a name of two scripts", "identity.signIn", () => ({ name: "Аnn" }), invalid("name")],
  ["a reserved name", "identity.signIn", () => ({ name: "SYS-TEM" }), { _tag: "NameReserved" }],
  ["a reserved name in wide letters", "identity.signIn", () => ({ name: "ａｄｍｉｎ" }), { _tag: "NameReserved" }],
  ["a name that is in use", "identity.signIn", () => ({ name: "ann" }), { _tag: "NameInUse", suggestion: "ann 2" }],
]

/** Everything that is kept, in numbers. */
const kept = async () => {
  const [counts] = await server.backend.log.query(
    `select (select count(*) from event) as events, (select count(*) from profile) as people,
      (select count(*) from item) as items, (select count(*) from read_marker) as marks, (select max(seq) from stream) as head`,
  )
  return counts
}

describe("over HTTP", () => {
  test.each(refusals)("%s", async (_, path, words, rejection) => {
    const before = await kept()
    const { error } = await http(path, words())
    expect(error?.data.rejection).toMatchObject(rejection)
    expect(error?.message).toMatch(
      rejection["_tag"] === "InvalidInput" ? new RegExp(`^${rejection["field"]}: `) : /\.$|text must/,
    )
    expect(error?.data.httpStatus).toBeGreaterThanOrEqual(400)
    expect(error?.data.httpStatus).toBeLessThan(500)
    expect(await kept()).toEqual(before)
  })

  test.each([
    ["JSON that is not", () => send("message.post", "{room:"), 400],
    ["more than 64 KiB", () => send("message.post", JSON.stringify(post({ text: "a".repeat(65_536) }))), 413],
    ["21 calls at once", () => send(batch(21), JSON.stringify(calls(21))), 400],
    ["a form", () => send("message.post", "text=hello", { "content-type": "application/x-www-form-urlencoded" }), 415],
    [
      "JSON that says it is text",
      () => send("message.post", JSON.stringify(post()), { "content-type": "text/plain" }),
      415,
    ],
    [
      "a page of another origin",
      () => send("message.post", JSON.stringify(post()), { origin: "https://elsewhere.example" }),
      403,
    ],
    [
      "a change by GET",
      () => fetch(`${server.url}/trpc/message.post?input=${encodeURIComponent(JSON.stringify(post()))}`, bearer()),
      405,
    ],
    ["a procedure that is not", () => send("message.shout", "{}"), 404],
    ["nobody", () => send("message.post", JSON.stringify(post()), { authorization: "Bearer " }), 401],
  ])("%s", async (_, ask, status) => {
    const before = await kept()
    expect((await ask()).status).toBe(status)
    expect(await kept()).toEqual(before)
  })

  test("20 calls at once are carried out", async () => {
    const answers = (await (await send(batch(20), JSON.stringify(calls(20)))).json()) as ReadonlyArray<Answer>
    expect(answers.filter(({ result }) => result)).toHaveLength(20)
  })
})

const bearer = () => ({ headers: { authorization: `Bearer ${token}` } })
const batch = (n: number): string => `${Array(n).fill("message.post").join(",")}?batch=1`
const calls = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [i, post()]))

describe("over a WebSocket", () => {
  let ann: Line
  beforeAll(async () => {
    ann = await line().open()
  })
  afterAll(() => ann.socket.terminate())
  const works = async (): Promise<void> => {
    expect((await ann.call("query", "identity.me")).result?.data).toMatchObject({ name: "Ann" })
  }

  test.each(refusals)("%s", async (_, path, words, rejection) => {
    const before = await kept()
    const { error } = await ann.call("mutation", path, words())
    expect(error?.data.rejection).toMatchObject(rejection)
    expect(await kept()).toEqual(before)
    await works()
  })

  test.each([
    ["a token that is none", () => ({ room, from: "yesterday" }), invalid("from")],
    ["a room that is none", () => ({ room: null }), invalid("room")],
    ["a room that is not", () => ({ room: anId }), { _tag: "RoomNotFound", room: anId }],
  ])("following with %s", async (_, words, rejection) => {
    const { error } = await ann.call("subscription", "room.follow", words())
    expect(error?.data.rejection).toMatchObject(rejection)
    await works()
    expect(server.backend.feed.size()).toBe(0)
  })

  test.each([
    ["JSON that is not", () => "{id:", null],
    ["JSON that is no call", () => "[null]", null],
    ["21 calls in one message", () => JSON.stringify(Array.from({ length: 21 }, (_, id) => mutation(id))), null],
    ["a procedure that is not", () => JSON.stringify({ id: 1, method: "query", params: { path: "message.shout" } }), 1],
    ["a method that is not", () => JSON.stringify({ id: 1, method: "shout", params: { path: "message.post" } }), null],
  ])("%s is refused, and the connection goes on", async (_, text, id) => {
    const before = await kept()
    ann.forget()
    ann.socket.send(text())
    expect((await ann.answer(id))?.error).toMatchObject({ message: expect.stringMatching(/./) })
    expect(await kept()).toEqual(before)
    await works()
  })

  test("more than 64 KiB end the connection, and no other one", async () => {
    const other = await line().open()
    const before = await kept()
    other.socket.send(JSON.stringify({ ...mutation(1), more: "a".repeat(65_536) }))
    expect(await other.answer(1)).toBeUndefined()
    expect(other.closed).toBe(1009)
    expect(await kept()).toEqual(before)
    await works()
  })

  test("a page of another origin is not let in", async () => {
    const other = line({ origin: "https://elsewhere.example" })
    const refused = new Promise((resolve) =>
      other.socket.once("unexpected-response", (_, { statusCode }) => resolve(statusCode)),
    )
    expect(await refused).toBe(403)
    other.socket.terminate()
  })
})

const mutation = (id: number) => ({ id, method: "mutation", params: { path: "message.post", input: post() } })

test("a command that is sent again is answered again, and its id is good for nothing else", async () => {
  const first = post()
  const { result } = await http("message.post", first)
  const before = await kept()
  expect((await http("message.post", first)).result).toEqual(result)
  const ann = await line().open()
  expect((await ann.call("mutation", "message.post", first)).result?.data).toEqual(result?.data)
  ann.socket.terminate()
  for (const again of [post({ text: "other" }), post()])
    expect((await http("message.post", { ...again, commandId: first["commandId"] })).error?.data.rejection).toEqual({
      _tag: "CommandReused",
      command: first["commandId"],
    })
  expect(await kept()).toEqual(before)
})

test("names that look alike are one name", async () => {
  await signIn("Capo")
  for (const name of ["саро", "CAPO", "cap0", "Cápo", "c a p o"])
    expect((await http("identity.signIn", { name })).error?.data.rejection, name).toMatchObject({ _tag: "NameInUse" })
})
