import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { startBridge, type TestBridge } from "./oldClient.ts"

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startBridge()
}, 60_000)
afterAll(() => bridge[Symbol.asyncDispose]())

test("who changes from requests to a WebSocket while others talk hears everything once and in order", async () => {
  const talker = bridge.client({ transports: ["websocket"] })
  await talker.join("Talker", "busy")
  const guests = Array.from({ length: 10 }, () => bridge.client())
  const changed = guests.map(async (guest, i) => {
    await guest.join(`Guest ${i}`, "busy")
    await vi.waitFor(() => expect(guest.socket.io.engine.transport.name).toBe("websocket"), 10_000)
  })
  let isOver = false
  const talk = async (): Promise<void> => {
    for (let n = 0; !isOver; n++) await talker.send({ message: `text ${n} ${"x".repeat(n % 300)}` })
  }
  const talking = Promise.all([talk(), talk(), talk()])
  await Promise.all(changed)
  isOver = true
  await talking
  await talker.send({ message: "the end" })
  await Promise.all([talker, ...guests].map((guest) => guest.hears("the end")))
  for (const { heard } of guests) {
    const seqs = heard.flatMap(({ seq }) => seq ?? [])
    const all = talker.heard.flatMap(({ seq }) => seq ?? [])
    expect(seqs).toEqual(all.slice(all.indexOf(seqs[0]!)))
  }
  expect(bridge.failures).toEqual([])
}, 60_000)
