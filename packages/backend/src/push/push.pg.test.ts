import { openPostgres } from "@roomlog/log"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { Effect } from "effect"
import { afterAll, beforeAll } from "vitest"
import { pushSuite } from "./suite.ts"

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.stop())

pushSuite("Postgres", Effect.promise(() => server.freshDatabase()).pipe(Effect.flatMap((url) => openPostgres({ url }))))
