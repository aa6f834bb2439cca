import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { DatabaseError } from "@roomlog/log"
import { Effect } from "effect"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { WebSocket } from "ws"
import { call, keepingLogger, openServer, TestScope } from "./testing.ts"

const scope = new TestScope()
const { logger, lines } = keepingLogger("debug")
let server: Awaited<ReturnType<typeof openServer>>
let token: string
const bearer = () => ({ authorization: `Bearer ${token}` })

beforeAll(async () => {
  server = await openServer(scope, { TRUSTED_PROXIES: "127.0.0.1" }, logger)
  token = (await call(server.url, "identity.signIn", { name: "Ann" })).body.result.data.token
})
afterAll(() => scope.close())
beforeEach(() => {
  logger.level = "debug"
  lines.splice(0)
})

/** Waits until something was logged. */
const line = async (isIt: (line: (typeof lines)[number]) => boolean) => {
  while (!lines.some(isIt)) await new Promise(setImmediate)
  return lines.find(isIt)!
}
const scrape = async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return (name: string) =>
    Number(
      text
        .split("\n")
        .find((one) => one.startsWith(`${name} `))
        ?.split(" ")
        .at(-1),
    )
}
const newRoom = async () => {
  const room = randomUUID()
  const command = { commandId: randomUUID(), room, name: `room ${room}`, topic: "", visibility: "public" }
  expect((await call(server.url, "room.create", command, bearer())).status).toBe(200)
  return room
}
const post = (room: string, text: string, headers = bearer()) => {
  const message = { commandId: randomUUID(), room, message: randomUUID(), text, images: [], replyTo: null }
  return call(server.url, "message.post", message, headers)
}

test("what happens is counted, and no room or person is named", async () => {
  const before = await scrape()
  const room = await newRoom()
  const { seq } = (await post(room, "hello")).body.result.data
  expect(seq).toBeGreaterThan(1)
  expect((await post(randomUUID(), "nowhere")).status).toBe(404)
  const after = await scrape()
  const more = (name: string) => after(name) - before(name)
  expect(more("roomlog_events_appended_total")).toBe(seq)
  expect(more('roomlog_commands_total{outcome="accepted"}')).toBe(2)
  expect(more('roomlog_commands_total{outcome="refused"}')).toBe(1)
  expect(more('roomlog_rejections_total{reason="RoomNotFound"}')).toBe(1)
  expect(more("roomlog_append_seconds_count")).toBe(2)
  expect(more("roomlog_append_commands_sum")).toBe(2)
  expect(more('roomlog_database_seconds_count{pool="committing"}')).toBeGreaterThanOrEqual(2)
  expect(after("process_resident_memory_bytes")).toBeGreaterThan(1_000_000)
  const text = await (await fetch(`${server.url}/metrics`)).text()
  expect(text).toMatch(/^roomlog_build_info\{version="\d+\.\d+\.\d+",node_name="one",runtime="v\d/m)
  expect(text).toMatch(/^roomlog_event_loop_delay_seconds\{quantile="0.99"\} \d/m)
  for (const word of [room, "Ann", "hello"]) expect(text).not.toContain(word)
})

test("a projection's lag is what it has not taken yet, and is seen for as long as there is one", async () => {
  const { query, head } = server.backend.log
  await query("insert into projection (name, version, part, pos, poison_pos) values ('search', 2, 0, 1, 2)")
  const lag = 'roomlog_projection_lag_events{projection="search/2"}'
  const numbers = await scrape()
  expect(numbers(lag)).toBe((await Effect.runPromise(head(0))) - 1)
  expect(numbers('roomlog_projection_stuck{projection="search/2"}')).toBe(1)
  await query("delete from projection")
  expect((await scrape())(lag)).toBeNaN()
})

test("who is connected, what they are told, and what waits for them is seen while it is so", async () => {
  const room = await newRoom()
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`, { headers: bearer() })
  await once(socket, "open")
  const told = async (what: string) => {
    for (;;) {
      const [data] = await once(socket, "message")
      if (String(data).includes(what)) return
    }
  }
  const before = await scrape()
  const live = told('"Live"')
  socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path: "room.follow", input: { room } } }))
  await live
  const event = told('"hello, all"')
  await post(room, "hello, all")
  await event
  const during = await scrape()
  expect(during("roomlog_websockets")).toBe(1)
  expect(during("roomlog_feed_subscribers")).toBe(1)
  expect(during('roomlog_buffered_bytes{door="trpc"}')).toBe(0)
  expect(during("roomlog_feed_deliveries_total") - before("roomlog_feed_deliveries_total")).toBe(1)
  expect(during("roomlog_feed_lag_seconds_count") - before("roomlog_feed_lag_seconds_count")).toBe(1)
  const nothing = 'roomlog_feed_resumes_total{from="nothing"}'
  expect(during(nothing) - before(nothing)).toBe(1)
  socket.close()
  await line(({ code }) => code === 1005)
  expect((await scrape())("roomlog_websockets")).toBe(0)
})

test("each request is called by an id that the answer says, and a trusted proxy may choose it", async () => {
  const asking = (id: string) =>
    fetch(`${server.url}/health/live`, id === "" ? {} : { headers: { "x-request-id": id } })
  const own = (await asking("")).headers.get("x-request-id")
  expect(own).toMatch(/^[0-9a-f]{16}$/)
  expect((await asking("proxy-given_id.42")).headers.get("x-request-id")).toBe("proxy-given_id.42")
  for (const insane of ["short", "with space in it", `${"x".repeat(65)}`, "<script>alert(1)", "a,b,c,d,e,f"])
    expect((await asking(insane)).headers.get("x-request-id")).toMatch(/^[0-9a-f]{16}$/)
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`)
  const [response] = await once(socket, "upgrade")
  expect(response.headers["x-request-id"]).toMatch(/^[0-9a-f]{16}$/)
  socket.terminate()
})

test("at debug each request has one line, with nothing in it that somebody wrote", async () => {
  const room = await newRoom()
  lines.splice(0)
  await post(room, "a secret plan")
  await fetch(`${server.url}/chat/secret-room?invitation=secret-code`)
  await fetch(`${server.url}/media/chat_images/secret-key`)
  await fetch(`${server.url}/health?token=secret`)
  for (const path of ["/health", "/chat/…", "/media/…"]) await line((one) => one["path"] === path)
  const calls = lines.filter(({ msg }) => msg === "call")
  expect(calls.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    "GET /chat/…",
    "GET /health",
    "GET /media/…",
    "POST /trpc/message.post",
  ])
  expect(calls.find(({ method }) => method === "POST")).toMatchObject({
    status: 200,
    finished: true,
    node: "one",
    request: expect.any(String),
  })
  expect(JSON.stringify(lines)).not.toMatch(/secret|Bearer/)
  expect(JSON.stringify(lines)).not.toContain(token)
})

test("at info nothing is said while all is well, refusals included", async () => {
  logger.level = "info"
  const room = await newRoom()
  await post(room, "hello")
  await post(randomUUID(), "nowhere")
  await call(server.url, "no.such.procedure", {})
  await fetch(`${server.url}/nothing/here`)
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`)
  await once(socket, "open")
  socket.close()
  await once(socket, "close")
  expect(lines).toEqual([])
})

test("a failure inside is told with an id, under which the log has its kind and not its words", async () => {
  const { commands } = server.backend as { -readonly [K in keyof typeof server.backend]: (typeof server.backend)[K] }
  const { execute } = commands
  const cause = Object.assign(new Error("insert failed: (text)=(meet me at noon)"), { parameters: ["meet me at noon"] })
  const error = new DatabaseError({ code: "23505", message: cause.message, cause })
  Object.assign(commands, { execute: () => Effect.fail(error) })
  const { status, body, headers } = await post(randomUUID(), "meet me at noon")
  Object.assign(commands, { execute: () => Effect.die(new Error("it was meet me at noon")) })
  const other = await post(randomUUID(), "meet me at noon")
  Object.assign(commands, { execute })
  const id = headers.get("x-request-id")
  expect([status, body.error.message]).toEqual([
    500,
    `The database did not answer in time. Try again: nothing is ever done twice. (${id})`,
  ])
  expect(other.body.error.message).toBe(
    `Something went wrong inside the server. (${other.headers.get("x-request-id")})`,
  )
  const failed = lines.filter(({ level }) => level === 50)
  expect(failed).toMatchObject([
    { request: id, path: "message.post", err: { type: "DatabaseError", code: "23505" }, msg: "failed" },
    { request: other.headers.get("x-request-id"), err: { type: "Error" } },
  ])
  expect(JSON.stringify(lines)).not.toContain("noon")
})

test("a session that cannot be looked up is a failure without the database's address", async () => {
  const identity = server.backend.identity
  const { whoHolds } = identity
  const lost = new DatabaseError({ code: "connection", message: "connect ECONNREFUSED 10.1.2.3:5432" })
  Object.assign(identity, { whoHolds: () => Effect.fail(lost) })
  const { body, headers } = await post(randomUUID(), "hello")
  Object.assign(identity, { whoHolds })
  expect(JSON.stringify(body)).not.toContain("10.1.2.3")
  const { err } = await line(({ request, level }) => level === 50 && request === headers.get("x-request-id"))
  expect(err).toMatchObject({ type: "DatabaseError", message: "connect ECONNREFUSED 10.1.2.3:5432" })
})
