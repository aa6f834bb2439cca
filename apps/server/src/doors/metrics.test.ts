import { once } from "node:events"
import { createServer, request, type Server } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { networkInterfaces } from "node:os"
import { Meter } from "@roomlog/backend"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { metricsDoor } from "./metrics.ts"

const meter = new Meter()
meter.counter("seen_total", "Seen").add(7)
const open = createServer(metricsDoor(meter, ""))
const guarded = createServer(metricsDoor(meter, "s3cret-token"))

beforeAll(async () => {
  for (const server of [open, guarded]) await once(server.listen(0, "0.0.0.0"), "listening")
})
afterAll(() => {
  open.close()
  guarded.close()
})

interface Asking {
  readonly address?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

const ask = async (server: Server, { address = "127.0.0.1", method = "GET", headers = {} }: Asking = {}) => {
  const { port } = server.address() as AddressInfo
  const asked = request({ host: address, port, method, headers, path: "/metrics" }).end()
  const [response] = await once(asked, "response")
  let body = ""
  for await (const chunk of response) body += chunk
  return { status: response.statusCode as number, type: response.headers["content-type"] as string, body }
}
const text = "# HELP seen_total Seen\n# TYPE seen_total counter\nseen_total 7\n"

describe("without a token", () => {
  test("this machine may read them", async () => {
    expect(await ask(open)).toEqual({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: text })
    expect(await ask(open, { headers: { host: "localhost:9090" } })).toMatchObject({ status: 200 })
    expect(await ask(open, { method: "HEAD" })).toMatchObject({ status: 200, body: "" })
  })

  test.each([
    ["a proxy here speaks for somebody", { headers: { "x-forwarded-for": "127.0.0.1" } }],
    ["a proxy says nothing but its name", { headers: { via: "1.1 proxy" } }],
    ["a page here was led to us by a foreign name", { headers: { host: "rebound.example:8000" } }],
    ["a page of another origin asks", { headers: { origin: "http://127.0.0.1:3000" } }],
    ["somebody writes", { method: "POST" }],
  ])("when %s there is nothing", async (_, asking) => {
    const { status, body } = await ask(open, asking)
    expect([status, JSON.parse(body)]).toEqual([404, { detail: "Not found." }])
  })

  const outside = Object.values(networkInterfaces()).flatMap((all = []) =>
    all.filter(({ internal, family }) => !internal && family === "IPv4"),
  )[0]?.address
  test.skipIf(outside === undefined)("from another address of the network there is nothing", async () => {
    expect(await ask(open, { address: outside!, headers: { host: "localhost" } })).toMatchObject({ status: 404 })
  })

  test("a request without a host is nobody's", async () => {
    const socket = connect((open.address() as AddressInfo).port, "127.0.0.1")
    socket.write("GET /metrics HTTP/1.0\r\n\r\n")
    const [answer] = await once(socket, "data")
    expect(String(answer)).toMatch(/^HTTP\/1.1 404 /)
    socket.destroy()
  })
})

describe("with a token", () => {
  const bearing = (authorization: string) => ({ headers: { authorization } })

  test("whoever bears it may read them, through proxies too", async () => {
    expect(await ask(guarded, bearing("Bearer s3cret-token"))).toMatchObject({ status: 200, body: text })
    const headers = { authorization: "bearer s3cret-token", "x-forwarded-for": "192.0.2.7", host: "chat.example" }
    expect(await ask(guarded, { headers })).toMatchObject({ status: 200 })
  })

  test.each([
    "",
    "Bearer",
    "Bearer ",
    "Bearer s3cret",
    "Bearer s3cret-token2",
    "Bearer x s3cret-token",
    "Basic s3cret-token",
  ])("%j is not enough, even here", async (authorization) => {
    expect(await ask(guarded, authorization === "" ? {} : bearing(authorization))).toMatchObject({ status: 404 })
  })
})
