import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { isPrivate } from "./networks.ts"
import { Forbidden, makeOutgoing } from "./outgoing.ts"

let asked: Array<string> = []
const server = createServer((request, response) => {
  asked.push(request.url!)
  if (request.url === "/redirect") response.writeHead(302, { location: "/elsewhere" }).end()
  else if (request.url === "/endless") response.writeHead(200).write("x".repeat(200_000))
  else response.writeHead(200).end("fine")
})
let origin: string
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const strict = makeOutgoing([])
const here = makeOutgoing(["127.0.0.0/8"])
const call = { headers: {}, body: "" }

describe("an address of nobody's in the internet", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.100",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:1::1",
  ])("%s is private", (ip) => expect(isPrivate(ip)).toBe(true))
  test.each(["1.1.1.1", "172.32.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:1.1.1.1"])("%s is not", (ip) =>
    expect(isPrivate(ip)).toBe(false),
  )
})

describe("what is refused before anything is looked up", () => {
  test.each([
    ["http://push.example/x", "must begin with https://"],
    ["http://127.0.0.1/x", "must begin with https://"],
    ["https://127.0.0.1/x", "must not lead to a private address"],
    ["https://2130706433/x", "must not lead to a private address"],
    ["https://0x7f.1/x", "must not lead to a private address"],
    ["https://[::1]/x", "must not lead to a private address"],
    ["https://[::ffff:7f00:1]/x", "must not lead to a private address"],
    ["https://me:secret@push.example/x", "must not contain a name or password"],
  ])("%s %s", async (url, reason) => {
    expect(strict.whyNot(url)).toBe(reason)
    await expect(strict.post({ ...call, url })).rejects.toThrow(Forbidden)
  })
  test("nothing, of a public address over https", () =>
    expect(strict.whyNot("https://updates.push.example/wpush/v2/abc")).toBeUndefined())
})

test("a name that leads to a private address is refused when it is looked up", async () => {
  await expect(strict.post({ ...call, url: "https://localhost/x" })).rejects.toThrow(Forbidden)
})

test("what is allowed is called, also over http", async () => {
  expect(await here.post({ ...call, url: `${origin}/x` })).toMatchObject({ status: 200, text: "fine" })
})

test("a redirect is an answer, and not followed", async () => {
  asked = []
  expect(await here.post({ ...call, url: `${origin}/redirect` })).toMatchObject({ status: 302 })
  expect(asked).toEqual(["/redirect"])
})

test("of an answer without end the beginning is read", async () => {
  const { text } = await here.post({ ...call, url: `${origin}/endless` })
  expect(text).toHaveLength(64 * 1024)
})

test("a call ends when it is told to", async () => {
  const never = createServer(() => undefined)
  await new Promise<void>((ready) => never.listen(0, "127.0.0.1", ready))
  const stop = new AbortController()
  never.on("request", () => stop.abort())
  const url = `http://127.0.0.1:${(never.address() as AddressInfo).port}/`
  await expect(here.post({ ...call, url, signal: stop.signal })).rejects.toThrow()
  never.closeAllConnections()
  never.close()
})
