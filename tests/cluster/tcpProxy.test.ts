import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { startTcpProxy, type TcpProxy } from "./tcpProxy.ts"

/** A server that repeats what it hears. */
const parrot = createServer((socket) => {
  socket.on("error", () => undefined)
  socket.pipe(socket)
})
let proxy: TcpProxy
let client: Socket
let heard = ""

const untilHeard = async (text: string): Promise<void> => {
  while (heard !== text) await once(client, "data")
}

beforeEach(async () => {
  if (!parrot.listening) await once(parrot.listen(0, "127.0.0.1"), "listening")
  proxy = await startTcpProxy({ host: "127.0.0.1", port: (parrot.address() as AddressInfo).port })
  heard = ""
  client = connect(proxy.port, "127.0.0.1").setEncoding("utf8")
  client.on("error", () => undefined)
  client.on("data", (text) => {
    heard += text
  })
  client.write("a")
  await untilHeard("a")
})

afterEach(async () => {
  client.destroy()
  await proxy.close()
})

test("what is said arrives, and is counted", () => {
  expect(proxy.counts()).toMatchObject({ accepted: 1, cut: 0, passed: { toTarget: 1, toClient: 1 } })
  expect(proxy.connections()).toBe(1)
})

test("an end is handed on, and the connection is forgotten", async () => {
  client.end("b")
  await once(client, "close")
  expect(heard).toBe("ab")
  while (proxy.connections() > 0) await new Promise((resolve) => setImmediate(resolve))
})

test("a cut resets the connection; a new one works", async () => {
  const failed = once(client, "error").catch(([cause]) => [cause])
  expect(proxy.cut()).toBe(1)
  expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" })
  const again = connect(proxy.port, "127.0.0.1")
  again.write("x")
  expect(String((await once(again, "data"))[0])).toBe("x")
  again.destroy()
  expect(proxy.counts().cut).toBe(1)
})

test("in a black hole nothing arrives, and all of it when it is healed", async () => {
  proxy.blackHole(true)
  client.write("b")
  const second = connect(proxy.port, "127.0.0.1")
  second.write("c")
  while (proxy.counts().held.toTarget < 2) await new Promise((resolve) => setImmediate(resolve))
  expect(heard).toBe("a")
  expect(proxy.counts().passed.toTarget).toBe(1)
  proxy.heal()
  await untilHeard("ab")
  expect(String((await once(second, "data"))[0])).toBe("c")
  second.destroy()
})

test("a target is heard no more, but hears, on a connection that is half open", async () => {
  proxy.halfOpen("toClient")
  client.write("b")
  while (proxy.counts().held.toClient < 1) await new Promise((resolve) => setImmediate(resolve))
  expect(proxy.counts().passed.toTarget).toBe(2)
  expect(heard).toBe("a")
  proxy.halfOpen(false)
  await untilHeard("ab")
})

test("a client that leaves a black hole is not missed by the target before it is healed", async () => {
  let left = false
  parrot.once("connection", (socket: Socket) => {
    socket.once("close", () => {
      left = true
    })
  })
  const other = connect(proxy.port, "127.0.0.1")
  other.write("x")
  await once(other, "data")
  proxy.blackHole(true)
  other.destroy()
  client.write("b")
  while (proxy.counts().held.toTarget < 1) await new Promise((resolve) => setImmediate(resolve))
  expect(left).toBe(false)
  proxy.heal()
  while (!left) await new Promise((resolve) => setImmediate(resolve))
})

test("what is late stays in order, and what comes in pieces is whole", async () => {
  proxy.delay(20)
  proxy.trickle(1)
  for (const letter of "bcdefghij") client.write(letter)
  await untilHeard("abcdefghij")
  proxy.heal()
})

test("a megabyte passes whole", async () => {
  const text = "0123456789abcdef".repeat(65_536)
  client.write(text)
  await untilHeard(`a${text}`)
})

test("an address is rewritten to lead through it", () =>
  expect(proxy.url("postgres://roomlog@db.example:5432/chat?x=1")).toBe(
    `postgres://roomlog@127.0.0.1:${proxy.port}/chat?x=1`,
  ))
