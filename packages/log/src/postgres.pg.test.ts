import { randomUUID } from "node:crypto"
import { Effect, type Scope } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { command, counterMigrations, counting } from "./counters.ts"
import type { Driver } from "./driver.ts"
import { openLog } from "./log.ts"
import { migrate } from "./migrations.ts"
import { openPostgres } from "./postgres.ts"
import { logSuite } from "./suite.ts"
import { startPostgres, type TestPostgres } from "./testing.ts"

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.stop())

const emptyDatabase = Effect.gen(function* () {
  return yield* openPostgres({ url: yield* Effect.promise(() => server.freshDatabase()) })
})

logSuite("Postgres", emptyDatabase)

const run = <A>(story: Effect.Effect<A, unknown, Scope.Scope>) => Effect.runPromise(Effect.scoped(story))

describe("a Postgres that the log would be wrong on is refused", () => {
  const refusal = async (setting: string) => {
    const url = new URL(await server.freshDatabase())
    await run(
      Effect.gen(function* () {
        const driver = yield* openPostgres({ url: url.href })
        yield* Effect.promise(() => driver.script(`alter database ${url.pathname.slice(1)} set ${setting}`))
      }),
    )
    return run(Effect.flip(openPostgres({ url: url.href })))
  }

  test("one with another isolation", async () => {
    const message = expect.stringContaining("set default_transaction_isolation = 'read committed'")
    expect(await refusal("default_transaction_isolation = 'repeatable read'")).toMatchObject({ message })
  })

  test("one that acknowledges before it has written", async () => {
    const message = expect.stringContaining("set synchronous_commit = 'on'")
    expect(await refusal("synchronous_commit = off")).toMatchObject({ message })
  })

  test("one that never syncs, unless that is allowed", async () => {
    const fast = await startPostgres({ fsync: "off" })
    const message = expect.stringContaining("Set fsync = on")
    expect(await run(Effect.flip(openPostgres({ url: fast.url })))).toMatchObject({ message })
    await run(openPostgres({ url: fast.url, allowUnsafe: true }))
    await fast.stop("immediate")
  })

  test("one that is not there, or no address at all", async () => {
    expect(await run(Effect.flip(openPostgres({ url: "postgres://127.0.0.1:1/none" })))).toMatchObject({
      code: "connection",
    })
    expect(await run(Effect.flip(openPostgres({ url: "nonsense" })))).toMatchObject({ _tag: "CannotOpen" })
  })
})

test("every statement of the log finds its rows by an index, even with statistics from when there were none", () =>
  run(
    Effect.gen(function* () {
      const driver = yield* emptyDatabase
      yield* migrate(driver, "counters", counterMigrations)
      const said = new Map<string, Driver["query"]>()
      const log = yield* openLog({ driver: overheard(driver, said), judge: counting(), parts: 1 })
      yield* Effect.promise(() => driver.script("alter table event set (autovacuum_enabled = off); analyze"))
      const counter = randomUUID()
      yield* log.submit(command(counter, { do: "open", name: "busy" }))
      for (let i = 0; i < 20; i++) yield* log.submit(command(counter, { do: "add", by: 1, times: 1_000 }))
      yield* Effect.flip(log.submit(command(counter, { do: "add", by: -1_000_000 })))
      yield* log.readStream(counter, 10, 10)
      yield* log.readPart(0, 10, 10)
      const statements = [...said].filter(([text]) => /\b(event|stream|counter)\b/.test(text))
      expect(statements.length).toBeGreaterThanOrEqual(5)
      for (const [text, query] of statements) {
        const plan = `explain (generic_plan) ${text}`
        const lines = yield* Effect.promise(() => query<{ readonly "QUERY PLAN": string }>(plan))
        expect(lines.map((line) => line["QUERY PLAN"]).join("\n")).not.toMatch(/Seq Scan on (event|stream|count)/)
      }
    }),
  ))

/** Remembers the text of everything that is asked. */
const overheard = (driver: Driver, said: Map<string, Driver["query"]>): Driver => {
  const listening =
    (query: Driver["query"]): Driver["query"] =>
    (text, params) => {
      said.set(text, query)
      return query(text, params)
    }
  const { committing } = driver
  return {
    ...driver,
    query: listening(driver.query),
    committing: { ...committing, query: listening(committing.query) },
  }
}

test("questions that come one by one go to the connection that was asked last, not to those that rest", () =>
  run(
    Effect.gen(function* () {
      const { query, committing } = yield* emptyDatabase
      for (const ask of [query, committing.query]) {
        const asked = async (): Promise<number> => {
          const [{ pid }] = (await ask("select pg_backend_pid() as pid, pg_sleep(0.05)")) as [{ pid: number }]
          return pid
        }
        const together = yield* Effect.promise(() => Promise.all(Array.from({ length: 4 }, asked)))
        expect(new Set(together).size).toBe(4)
        const singly: Array<number> = []
        for (let n = 0; n < 5; n++) singly.push(yield* Effect.promise(asked))
        expect(new Set(singly).size).toBe(1)
      }
    }),
  ))
