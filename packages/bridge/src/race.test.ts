import { afterAll, beforeAll, expect, test } from "vitest"
import { startBridge, type TestBridge } from "./oldClient.ts"

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startBridge()
}, 60_000)
afterAll(() => bridge[Symbol.asyncDispose]())

test("ten strangers make the same room at once, and all are in it", async () => {
  const clients = Array.from({ length: 10 }, () => bridge.client())
  const answers = await Promise.all(clients.map((client, n) => client.join(`Guest${n} of ten`, "rush")))
  expect(answers).toEqual(Array(10).fill(true))
  await clients[0]!.send({ message: "all here?" })
  await Promise.all(clients.map((client) => client.hears("all here?")))
})

test("ten sockets of a new person come at once", async () => {
  const clients = Array.from({ length: 10 }, () => bridge.client())
  const answers = await Promise.all(clients.map((client) => client.join("Many", "many")))
  expect(bridge.failures).toEqual([])
  expect(answers).toEqual(Array(10).fill(true))
})
