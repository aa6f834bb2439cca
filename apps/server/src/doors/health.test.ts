import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { DatabaseError } from "@roomlog/log"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Health, type HealthSources } from "./health.ts"
import { hallway } from "./http.ts"

/** A backend that is as well as a test says. */
let database: Effect.Effect<ReadonlyArray<object>, DatabaseError> = Effect.succeed([{ parts: 8 }])
let isOpen = true
let questions = 0
const sources = {
  run: () => {
    questions += 1
    return database
  },
  log: { parts: 8 },
  feed: { size: () => 3 },
  isOpen: () => isOpen,
} as unknown as HealthSources
const health = new Health(sources)
const http = createServer(hallway(health.doors(), () => true))

beforeAll(async () => once(http.listen(0, "127.0.0.1"), "listening"))
afterAll(() => http.close())

const ask = async (path: string) => {
  const response = await fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}${path}`)
  return { status: response.status, body: await response.json() }
}
const lost = new DatabaseError({ code: "connection", message: "connect ECONNREFUSED 10.0.0.5:5432" })

test("a node whose database answers is ready, and says how many follow", async () => {
  const well = { status: 200, body: { status: "ok", failing: [], subscriptions: 3 } }
  expect(await ask("/health/ready")).toEqual(well)
  expect(await ask("/health?from=balancer")).toEqual(well)
})

test("a node whose database is gone lives, and is not ready", async () => {
  database = Effect.fail(lost)
  expect(await ask("/health/ready")).toEqual({
    status: 503,
    body: { status: "database unavailable", failing: ["database"], subscriptions: 3 },
  })
  questions = 0
  expect(await ask("/health/live")).toEqual({ status: 200, body: { status: "ok" } })
  expect(questions).toBe(0)
})

test("a database that says nothing is asked once by all who wait, and given up", async () => {
  let answer: () => void = () => undefined
  database = Effect.callback((resume) => {
    answer = () => resume(Effect.succeed([{ parts: 8 }]))
  })
  questions = 0
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask("/health/ready")))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 503))
  expect(questions).toBe(1)
  answer()
  database = Effect.succeed([{ parts: 8 }])
  expect((await ask("/health/ready")).status).toBe(200)
})

test("another database under the same address is not the one that was opened", async () => {
  database = Effect.succeed([{ parts: 0 }])
  expect((await ask("/health")).body).toMatchObject({ failing: ["partitions"] })
  database = Effect.succeed([{ parts: 8 }])
})

test("a feed that has stopped is named", async () => {
  isOpen = false
  expect(await ask("/health/ready")).toMatchObject({ status: 503, body: { failing: ["feed"] } })
  isOpen = true
})

test("a node that is about to close says so without asking anybody, while it still answers", async () => {
  const closed = health.close()
  questions = 0
  expect(await ask("/health/ready")).toEqual({
    status: 503,
    body: { status: "closing", failing: ["open"], subscriptions: 3 },
  })
  await closed
  expect((await ask("/health/live")).status).toBe(200)
  expect(questions).toBe(0)
})

test("a node that nobody asks need not wait to be heard, and one whose asker has gone does not wait for ever", async () => {
  await new Health(sources).close()
  const asked = new Health(sources)
  const door = createServer(hallway(asked.doors(), () => true))
  await once(door.listen(0, "127.0.0.1"), "listening")
  await fetch(`http://127.0.0.1:${(door.address() as AddressInfo).port}/health/ready`)
  door.close()
  await asked.close()
})
