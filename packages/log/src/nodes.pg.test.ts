import { randomUUID } from "node:crypto"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { Effect, Fiber, type Scope } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { checkInvariants } from "./check.ts"
import type { Stored } from "./contract.ts"
import { command, counterMigrations, counting } from "./counters.ts"
import { Following } from "./follow.ts"
import { openLog } from "./log.ts"
import { migrate } from "./migrations.ts"
import { otherProcess } from "./other-process.ts"
import { openPostgres } from "./postgres.ts"
import { atOnce, until } from "./story.ts"
import { startPostgres, type TestPostgres } from "./testing.ts"

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.stop())

const run = <A>(story: Effect.Effect<A, unknown, Scope.Scope>) => Effect.runPromise(Effect.scoped(story))

/** A fresh log with one open counter. */
const fresh = Effect.gen(function* () {
  const url = yield* Effect.promise(() => server.freshDatabase())
  const driver = yield* openPostgres({ url })
  yield* migrate(driver, "counters", counterMigrations)
  const log = yield* openLog({ driver, judge: counting(), parts: 1 })
  const counter = randomUUID()
  yield* log.submit(command(counter, { do: "open", name: "shared" }))
  return { url, driver, log, counter }
})

describe("several nodes on one Postgres", () => {
  test(
    "two processes write 20,000 events to one partition, and a third hears each of them once",
    () =>
      run(
        Effect.gen(function* () {
          const { url, driver, log, counter } = yield* fresh
          const heard: Array<Stored> = []
          log.onAppended((events) => heard.push(...events))
          const share = { url, counter, writers: "64", most: "10000" }
          const nodes = yield* Effect.promise(() => Promise.all([otherProcess(share), otherProcess(share)]))
          for (const node of nodes) node.go()
          yield* Effect.promise(() => Promise.race(nodes.map(({ ended }) => ended)))
          const whileBoth = nodes.map(({ acknowledged }) => acknowledged.length)
          yield* Effect.promise(() => Promise.all(nodes.map(({ ended }) => ended)))
          const fair = whileBoth.reduce((a, b) => a + b) / 2
          for (const count of whileBoth) expect(count).toBeGreaterThan(0.2 * fair)

          const acknowledged = nodes.flatMap(({ acknowledged }) => acknowledged).sort((a, b) => a - b)
          expect(acknowledged).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 2))
          const following = new Following(log, { part: 0, after: heard.at(-1)?.pos ?? 1 })
          while ((heard.at(-1)?.pos ?? 0) < 20_001) yield* Effect.promise(() => following.next())
          following.stop()
          expect(heard.map(({ pos }) => pos)).toEqual(acknowledged)
          expect(yield* Effect.promise(() => checkInvariants(driver.query))).toEqual([])
          const total = yield* Effect.promise(() => driver.query("select total from counter"))
          expect(total).toEqual([{ total: 20_000 }])
        }),
      ),
    120_000,
  )

  test(
    "what one node acknowledged is never refused by another that has not heard of it yet",
    () =>
      run(
        Effect.gen(function* () {
          const { url, log } = yield* fresh
          const other = yield* openLog({ driver: yield* openPostgres({ url }), judge: counting() })
          for (let i = 0; i < 50; i++) {
            const counter = randomUUID()
            const [one, two] = i % 2 === 0 ? [log, other] : [other, log]
            yield* Effect.flip(two.submit(command(counter, { do: "add", by: 1 })))
            yield* one.submit(command(counter, { do: "open", name: counter }))
            const add = command(counter, { do: "add", by: 1 })
            expect(yield* two.submit(add)).toMatchObject({ seq: 2, repeated: false })
            expect(yield* one.submit(add)).toMatchObject({ seq: 2, repeated: true })
            // The other one remembers a counter that stands at one.
            yield* one.submit(command(counter, { do: "add", by: 9 }))
            expect(yield* two.submit(command(counter, { do: "add", by: -10 }))).toMatchObject({ seq: 4 })
          }
        }),
      ),
    60_000,
  )

  test(
    "no wake-up arrives, and everything is heard by asking",
    () =>
      run(
        Effect.gen(function* () {
          const { driver, log, counter } = yield* fresh
          const deaf = { ...driver, listen: async () => async () => undefined }
          const other = yield* openLog({ driver: deaf, judge: counting() })
          const following = new Following(other, { stream: counter, after: 0 })
          const seqs: Array<number> = []
          for (let i = 0; i < 5; i++) {
            yield* log.submit(command(counter, { do: "add", by: 1, times: 3 }))
            while ((seqs.at(-1) ?? 0) < 4 + 3 * i)
              seqs.push(...(yield* Effect.promise(() => following.next())).map(({ seq }) => seq))
          }
          following.stop()
          expect(seqs).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
        }),
      ),
    60_000,
  )
})

describe("a database that goes away", () => {
  const surviving = (harm: (url: string) => Promise<unknown>) =>
    run(
      Effect.gen(function* () {
        const { url, driver, log, counter } = yield* fresh
        const heard: Array<Stored> = []
        log.onAppended((events) => heard.push(...events))
        let going = true
        const receipts: Array<number> = []
        const writer = Effect.gen(function* () {
          while (going) receipts.push((yield* log.submit(command(counter, { do: "add", by: 1 }))).seq)
        })
        const harming = Effect.promise(async () => {
          for (let i = 1; i <= 10; i++) {
            while (receipts.length < i * 300) await new Promise(setImmediate)
            await harm(url)
          }
          going = false
        })
        yield* Effect.all([harming, ...Array.from({ length: 32 }, () => writer)], { concurrency: "unbounded" })
        expect(receipts.sort((a, b) => a - b)).toEqual(receipts.map((_, i) => i + 2))
        expect(heard.map(({ seq }) => seq)).toEqual(receipts)
        const faults = Effect.tryPromise(() => checkInvariants(driver.query)).pipe(Effect.retry({ times: 9 }))
        expect(yield* faults).toEqual([])
      }),
    )

  test(
    "connections cut while appending: nothing lost, nothing twice, nobody told no",
    () => surviving((url) => server.cutConnections(url)),
    60_000,
  )

  test(
    "the server shut down in the middle and started again: the same",
    () => surviving(() => server.restart("immediate")),
    60_000,
  )

  test("a database that stays away is an answer in the end", async () => {
    const lonely = await startPostgres()
    await run(
      Effect.gen(function* () {
        const driver = yield* openPostgres({ url: lonely.url })
        yield* migrate(driver, "counters", counterMigrations)
        const log = yield* openLog({ driver, judge: counting(), patience: 200 })
        yield* Effect.promise(() => lonely.stop("immediate"))
        const opens = Array.from({ length: 20 }, () => command(randomUUID(), { do: "open", name: randomUUID() }))
        for (const answer of yield* atOnce(opens.map(log.submit)))
          expect(yield* Effect.flip(answer)).toMatchObject({ _tag: "DatabaseError", code: "connection" })
      }),
    )
  }, 60_000)

  test(
    "a network that swallows everything for a while holds nobody for ever",
    () =>
      run(
        Effect.gen(function* () {
          const { url, log, counter } = yield* fresh
          const net = yield* Effect.acquireRelease(
            Effect.promise(() => swallowing(url)),
            ({ close }) => Effect.sync(close),
          )
          const far = yield* openLog({
            driver: yield* openPostgres({ url: net.url, silence: 300 }),
            judge: counting(),
          })
          yield* far.submit(command(counter, { do: "add", by: 1 }))
          const adds = [1, 2, 3].map(() => far.submit(command(counter, { do: "add", by: 1 })))
          net.swallow(true)
          const answering = yield* Effect.forkScoped(atOnce(adds), { startImmediately: true })
          yield* until(async () => ({ lost: net.ended() > 0 }), { lost: true })
          net.swallow(false)
          const seqs = (yield* Fiber.join(answering)).map((answer) => answer._tag === "Success" && answer.value.seq)
          expect(seqs).toEqual([3, 4, 5])
          expect(yield* log.streamHead(counter)).toBe(5)
        }),
      ),
    60_000,
  )
})

/** A way to the server on which packets can be made to vanish in both directions. */
const swallowing = async (url: string) => {
  const { hostname, port, pathname } = new URL(url)
  let swallows = false
  let ended = 0
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on("data", (chunk) => swallows || to.write(chunk))
      from.on("error", () => undefined)
      from.on("close", () => to.destroy())
    }
    near.on("close", () => {
      ended += 1
    })
  })
  await new Promise<void>((ready) => proxy.listen(0, "127.0.0.1", ready))
  return {
    url: `postgres://roomlog@127.0.0.1:${(proxy.address() as AddressInfo).port}${pathname}`,
    swallow: (on: boolean) => {
      swallows = on
    },
    ended: () => ended,
    close: () => {
      proxy.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
