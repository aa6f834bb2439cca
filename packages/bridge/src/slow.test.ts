import { afterAll, beforeAll, expect, test } from "vitest"
import { startBridge, type TestBridge } from "./oldClient.ts"

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startBridge()
}, 60_000)
afterAll(() => bridge[Symbol.asyncDispose]())

interface Pausable {
  readonly ws: { readonly pause: () => void }
}

test("a client that stops reading costs little, is cut off, and disturbs nobody", async () => {
  const slow = bridge.client({ transports: ["websocket"] })
  const quick = bridge.client()
  await slow.join("Slow", "flood")
  await quick.join("Quick", "flood")
  const inside = bridge.io.of("/").sockets.get(slow.socket.id!)!
  const gone = new Promise((resolve) => inside.once("disconnect", resolve))
  const engine = slow.socket.io.engine as unknown as { readonly transport: Pausable }
  engine.transport.ws.pause()

  const text = "x".repeat(4_000)
  const connection = inside.conn as unknown as { readonly writeBuffer: ReadonlyArray<{ readonly data?: string }> }
  const waiting = (): number => connection.writeBuffer.reduce((sum, { data }) => sum + (data?.length ?? 0), 0)
  let most = 0
  for (let round = 0; round < 60; round++) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => quick.send({ message: text })))
    expect(answers).toEqual(Array(50).fill(true))
    most = Math.max(most, waiting())
  }
  expect(most).toBeGreaterThan(100_000)
  expect(most).toBeLessThan(1024 * 1024)
  bridge.roomlog.setClock(Date.now() + 60_000)
  expect(await gone).toBe("forced close")
  await quick.send({ message: "the end" })
  await quick.hears("the end")
  expect(bridge.failures).toEqual([])
}, 60_000)
