import { type ClientRequest, createServer, type IncomingMessage, request } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { newServer } from "./http.ts"
import { endSlow, type Pace } from "./slow.ts"

const pace: Pace = { least: 1_000, within: 60_000, most: 600_000 }
let http: ReturnType<typeof createServer>
/** Bytes of bodies that the server has read. */
let read: number
let going: ClientRequest
let answering: Promise<void>

beforeEach(async () => {
  read = 0
  answering = Promise.resolve()
  http = createServer(async (request: IncomingMessage, response) => {
    try {
      for await (const chunk of request) read += chunk.length
      await answering
      response.end("all of it")
    } catch {
      response.destroy()
    }
  })
  endSlow(http, pace)
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
})
afterEach(async () => {
  vi.useRealTimers()
  going.destroy()
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
})

/** Begins a request; what is answered, or that the connection was cut. */
const begin = async (): Promise<{ readonly answer: Promise<string> }> => {
  going = request({ port: (http.address() as AddressInfo).port, method: "PUT" })
  const answer = new Promise<string>((resolve) => {
    going.on("error", () => resolve("cut"))
    going.on("response", async (response) => {
      let text = ""
      for await (const chunk of response) text += chunk
      resolve(`${response.statusCode} ${text}`)
    })
  })
  await send(1)
  return { answer }
}
const send = async (bytes: number) => {
  const before = read
  going.write("x".repeat(bytes))
  await vi.waitFor(() => expect(read).toBe(before + bytes))
}
const pass = (milliseconds: number) => vi.advanceTimersByTime(milliseconds)

test("a body may take long, as long as it keeps coming", async () => {
  const { answer } = await begin()
  for (let minute = 1; minute <= 9; minute++) {
    await send(2_000)
    pass(60_000)
  }
  going.end()
  expect(await answer).toBe("200 all of it")
})

test("a body that stands still is not waited for", async () => {
  const { answer } = await begin()
  await send(2_000)
  pass(60_000)
  await send(10)
  pass(60_000)
  expect(await answer).toMatch(/^408 .*too slowly/)
})

test("nor is one that never ends", async () => {
  const { answer } = await begin()
  for (let minute = 1; minute <= 10; minute++) {
    await send(2_000)
    pass(60_000)
  }
  expect(await answer).toMatch(/^408/)
})

test("an answer that takes long is nobody's fault", async () => {
  const ready = Promise.withResolvers<void>()
  answering = ready.promise
  const { answer } = await begin()
  const received = new Promise((resolve) => going.on("finish", resolve))
  going.end()
  await received
  await vi.waitFor(() => expect(read).toBe(1))
  vi.useRealTimers()
  ready.resolve()
  expect(await answer).toBe("200 all of it")
})

test("the server's own time for whole requests is off, the one for headers on", () => {
  const { requestTimeout, headersTimeout } = newServer()
  expect([requestTimeout, headersTimeout]).toEqual([0, 10_000])
})
