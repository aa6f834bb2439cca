import { Effect } from "effect"
import { afterAll, beforeAll } from "vitest"
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
