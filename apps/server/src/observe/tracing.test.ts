import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { Context, Effect, Exit, Option } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import { WebSocket } from "ws"
import { call, keepingLogger, openServer, TestScope } from "./testing.ts"
import { openTracer } from "./tracing.ts"

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: Readonly<Record<string, unknown>> }>
  readonly status: { readonly code: number; readonly message?: string }
  readonly events: ReadonlyArray<unknown>
}

/** A collector that takes OTLP over HTTP as the real ones do, and keeps it. */
const received: Array<{ readonly path: string | undefined; readonly type: string | undefined; readonly text: string }> =
  []
const collector = createServer(async (request: IncomingMessage, response) => {
  let text = ""
  for await (const chunk of request) text += chunk
  received.push({ path: request.url, type: request.headers["content-type"], text })
  response.writeHead(200, { "content-type": "application/json" }).end("{}")
})
const scope = new TestScope()
let server: Awaited<ReturnType<typeof openServer>>

beforeAll(async () => {
  await once(collector.listen(0, "127.0.0.1"), "listening")
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`
  server = await openServer(scope, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, keepingLogger("silent").logger)
})
afterAll(async () => {
  await scope.close()
  collector.close()
})

const spans = (): ReadonlyArray<Span> =>
  received.flatMap(({ text }) =>
    JSON.parse(text).resourceSpans.flatMap((one: { scopeSpans: ReadonlyArray<{ spans: ReadonlyArray<Span> }> }) =>
      one.scopeSpans.flatMap((all) => all.spans),
    ),
  )
/** Waits until the collector has a span of this trace by this name. */
const collected = async (trace: string, name: string): Promise<Span> => {
  const isIt = (span: Span) => span.traceId === trace && span.name === name
  while (!spans().some(isIt)) await once(collector, "request").then(() => new Promise(setImmediate))
  return spans().find(isIt)!
}
const traceOf = (command: string) => command.replaceAll("-", "")
const attributes = (span: Span) =>
  Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

test("one trace, named by the command's id, holds the command, its append and its delivery", async () => {
  const { token } = (await call(server.url, "identity.signIn", { name: "Ann" })).body.result.data
  const headers = { authorization: `Bearer ${token}` }
  const room = randomUUID()
  const create = { commandId: randomUUID(), room, name: "lobby of traces", topic: "", visibility: "public" }
  await call(server.url, "room.create", create, headers)
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/trpc`, { headers })
  await once(socket, "open")
  socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path: "room.follow", input: { room } } }))
  for (let live = false; !live; ) live = String((await once(socket, "message"))[0]).includes('"Live"')
  const message = { room, message: randomUUID(), text: "meet me at noon", images: [], replyTo: null }
  const id = randomUUID()
  await call(server.url, "message.post", { commandId: id, ...message }, headers)
  const refused = randomUUID()
  await call(server.url, "message.post", { commandId: refused, ...message }, headers)
  socket.close()

  const trace = traceOf(id)
  const command = await collected(trace, "Commands.execute")
  const append = await collected(trace, "log.append")
  const delivery = await collected(trace, "feed.tell")
  expect(command.parentSpanId ?? "").toBe("")
  expect(append.parentSpanId).toBe(command.spanId)
  expect(delivery.parentSpanId).toBe(append.spanId)
  expect(attributes(append)).toMatchObject({ events: expect.anything(), "batch.events": expect.anything() })
  expect(attributes(delivery)).toHaveProperty("subscribers")
  for (const { startTimeUnixNano, endTimeUnixNano } of [command, append, delivery])
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano))
  expect(command.status.code).toBe(1)

  const no = await collected(traceOf(refused), "Commands.execute")
  expect(attributes(no)).toMatchObject({ rejection: "MessageIdTaken" })
  expect([no.status.code, no.events]).toEqual([1, []])
  expect(spans().some(({ traceId, name }) => traceId === traceOf(refused) && name === "log.append")).toBe(false)

  expect(new Set(received.map(({ path, type }) => `${path} ${type}`))).toEqual(new Set(["/v1/traces application/json"]))
  expect(received[0]!.text).toContain('"roomlog"')
  expect(received[0]!.text).toContain('"service.instance.id"')
  expect(received.map(({ text }) => text).join()).not.toMatch(/noon|lobby of traces|Ann/)
})

test("what fails is told by its kind, and the last spans are sent when the server closes", async () => {
  const { token } = (await call(server.url, "identity.signIn", { name: "Bob" })).body.result.data
  const id = randomUUID()
  const { submit } = server.backend.log
  Object.assign(server.backend.log, { submit: () => Effect.die(new Error("it was meet me at noon")) })
  const room = randomUUID()
  const command = { commandId: id, room, message: randomUUID(), text: "hello", images: [], replyTo: null }
  await call(server.url, "message.post", command, { authorization: `Bearer ${token}` })
  Object.assign(server.backend.log, { submit })
  await scope.close()
  const failed = spans().find(({ traceId }) => traceId === traceOf(id))
  expect(failed).toMatchObject({ name: "Commands.execute", status: { code: 2, message: "Error" } })
  expect(received.map(({ text }) => text).join()).not.toContain("noon")
})

test("without an endpoint there is no tracer, and a collector that is not there keeps nobody waiting", async () => {
  await using own = new TestScope()
  const options = { node: "one", version: "0" }
  expect(await own.open(openTracer({ ...options, endpoint: "" }))).toBeUndefined()
  const tracer = await own.open(openTracer({ ...options, endpoint: "http://127.0.0.1:9" }))
  const begin = { parent: Option.none(), annotations: Context.empty(), startTime: 1n, sampled: true, root: true }
  for (let n = 0; n < 5_000; n++)
    tracer!.span({ ...begin, name: `${n}`, kind: "internal", links: [] }).end(2n, Exit.void)
})
