import { afterAll, beforeAll, expect, test } from "vitest"
import { startBridge, type TestBridge } from "./oldClient.ts"
import { outboxOf } from "./outbox.ts"

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startBridge()
}, 60_000)
afterAll(() => bridge[Symbol.asyncDispose]())

interface Pausable {
  readonly ws: { readonly pause: () => void; readonly resume: () => void }
}

test("a client that stops reading costs little, is cut off, comes back by itself and misses nothing", async () => {
  const slow = bridge.client({
    transports: ["websocket"],
    reconnection: true,
    reconnectionDelay: 50,
    auth: (tell) => tell({ since: slow.heard.findLast(({ seq }) => seq !== undefined)?.seq }),
  })
  const quick = bridge.client()
  await slow.join("Slow", "flood")
  await quick.join("Quick", "flood")
  await quick.send({ message: "before" })
  await slow.hears("before")
  const inside = bridge.io.of("/").sockets.get(slow.socket.id!)!
  const gone = new Promise((resolve) => inside.once("disconnect", resolve))
  const { ws } = (slow.socket.io.engine as unknown as { readonly transport: Pausable }).transport
  ws.pause()

  const text = "\u{1f600}".repeat(4_000)
  const waiting = (): number => outboxOf(inside.conn).buffered()
  const flood = async (): Promise<void> => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => quick.send({ message: text })))
    expect(answers).toEqual(Array(50).fill(true))
  }
  for (let before = -1; waiting() === 0 || waiting() !== before; await flood()) before = waiting()
  expect(waiting()).toBeLessThan(512 * 1024)

  bridge.roomlog.setClock(Date.now() + 60_000)
  await gone
  expect(await quick.send({ message: "the end" })).toBe(true)
  const connected = new Promise((resolve) => slow.socket.once("connect", () => resolve(undefined)))
  ws.resume()
  await connected
  expect(await slow.join("Slow", "flood")).toBe(true)
  await slow.hears("the end")
  await quick.hears("the end")
  const posts = (client: typeof slow) => client.heard.flatMap(({ seq }) => seq ?? [])
  expect(posts(slow)).toEqual(posts(quick))
  expect(bridge.failures).toEqual([])
}, 60_000)
