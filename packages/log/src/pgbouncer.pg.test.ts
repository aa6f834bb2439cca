import { Effect, type Scope } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { migrate } from "./migrations.ts"
import { openPostgres } from "./postgres.ts"
import { grantTo } from "./roles.ts"
import { logMigrations } from "./schema.ts"
import { logSuite } from "./suite.ts"
import { startPostgres, type TestPostgres } from "./testing.ts"
import { startPgbouncer, type TestPgbouncer, whyNoPgbouncer } from "./testing-pgbouncer.ts"

const why = whyNoPgbouncer()

describe.skipIf(why !== undefined)(`behind PgBouncer in transaction mode${why ? ` (${why})` : ""}`, () => {
  let server: TestPostgres
  let pooler: TestPgbouncer
  beforeAll(async () => {
    server = await startPostgres()
    pooler = await startPgbouncer(server.url, ["roomlog", "node"])
  }, 60_000)
  afterAll(async () => {
    await pooler.stop()
    await server.stop()
  })

  const run = <A>(story: Effect.Effect<A, unknown, Scope.Scope>) => Effect.runPromise(Effect.scoped(story))
  const fresh = Effect.promise(() => server.freshDatabase())
  const pooled = (url: string) => openPostgres({ url: pooler.through(url), listenUrl: url })
  /** What `roomlog migrate --role` does for a role; the suite connects as the owner. */
  const withTimeouts = (url: string) =>
    Effect.gen(function* () {
      const direct = yield* openPostgres({ url })
      const set = `alter database ${new URL(url).pathname.slice(1)} set`
      for (const one of ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
        yield* Effect.promise(() => direct.script(`${set} ${one} = '5s'`))
    })

  logSuite(
    "Postgres through a pooler",
    Effect.gen(function* () {
      const url = yield* fresh
      yield* Effect.scoped(withTimeouts(url))
      return yield* pooled(url)
    }),
  )

  test("a role that `roomlog migrate --role` prepared is let in, and its statements end", () =>
    run(
      Effect.gen(function* () {
        const url = yield* fresh
        const owner = yield* openPostgres({ url })
        yield* migrate(owner, "log", logMigrations)
        yield* Effect.promise(() => owner.script("create role node login"))
        yield* Effect.promise(() => grantTo(owner, "node"))
        const node = yield* pooled(url.replace("roomlog@", "node@"))
        expect(yield* Effect.promise(() => node.query("select current_user::text as me"))).toEqual([{ me: "node" }])
        expect(yield* Effect.promise(() => node.query("show statement_timeout"))).toEqual([{ statement_timeout: "5s" }])
      }),
    ))

  test("a pooler that nobody announced is recognized, with what to set", () =>
    run(
      Effect.gen(function* () {
        const refused = yield* Effect.flip(openPostgres({ url: pooler.through(yield* fresh) }))
        const message = expect.stringContaining("Set DATABASE_LISTEN_URL to the address of Postgres itself")
        expect(refused).toMatchObject({ _tag: "CannotOpen", message })
      }),
    ))

  test("statements that nothing would end are refused, with what to run", () =>
    run(
      Effect.gen(function* () {
        const refused = yield* Effect.flip(pooled(yield* fresh))
        expect(refused).toMatchObject({ message: expect.stringContaining("`roomlog migrate --role NAME`") })
      }),
    ))
})
