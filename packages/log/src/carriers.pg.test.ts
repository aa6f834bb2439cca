import { Effect } from "effect"
import { afterAll, beforeAll } from "vitest"
import { InProcess } from "./carrier/inProcess.ts"
import { openPostgresCarrier } from "./carrier/postgres.ts"
import { carrierSuite } from "./carrier/suite.ts"
import { liveSuite } from "./live-suite.ts"
import { openPostgres } from "./postgres.ts"
import { startPostgres, type TestPostgres } from "./testing.ts"

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.stop())

const fresh = Effect.gen(function* () {
  const url = yield* Effect.promise(() => server.freshDatabase())
  return { url, driver: yield* openPostgres({ url }) }
})

carrierSuite(
  "in one process",
  Effect.sync(() => {
    const nodes = new InProcess()
    return { one: nodes.join(), two: nodes.join(), disturb: async () => nodes.doubt() }
  }),
)
liveSuite(
  "in one process",
  Effect.map(fresh, ({ driver }) => {
    const nodes = new InProcess()
    return { driver, carrier: Effect.sync(() => nodes.join()) }
  }),
)

carrierSuite(
  "by Postgres",
  Effect.gen(function* () {
    const { url, driver } = yield* fresh
    const other = yield* openPostgres({ url })
    const [one, two] = yield* Effect.all([openPostgresCarrier(driver), openPostgresCarrier(other)])
    return { one, two, disturb: () => server.cutConnections(url) }
  }),
)
liveSuite(
  "by Postgres",
  Effect.map(fresh, ({ url, driver }) => ({
    driver,
    carrier: Effect.flatMap(openPostgres({ url }), openPostgresCarrier),
  })),
)
