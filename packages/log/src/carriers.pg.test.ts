import { Effect } from "effect"
import { afterAll, beforeAll, test, vi } from "vitest"
import { InProcess } from "./carrier/inProcess.ts"
import { openPostgresCarrier } from "./carrier/postgres.ts"
import { carrierSuite, reaching } from "./carrier/suite.ts"
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
test("who is alone tells nothing, and tells again as soon as somebody comes", () =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const { url, driver } = yield* fresh
        const payloads: Array<string> = []
        const notify: typeof driver.notify = (channel, payload) => {
          payloads.push(payload)
          return driver.notify(channel, payload)
        }
        const one = yield* openPostgresCarrier({ ...driver, notify }, 20)
        const greetings = () => payloads.filter((payload) => JSON.parse(payload).length === 1)
        const said = () => payloads.length - greetings().length
        const tellUntil = (isSo: () => boolean) =>
          vi.waitUntil(() => {
            one.tell("events", "?")
            return isSo()
          }, 10_000)
        yield* Effect.promise(async () => {
          await tellUntil(() => said() > 0)
          await vi.waitUntil(() => greetings().length > 8)
          let before = -1
          await tellUntil(() => {
            const isQuiet = said() === before
            before = said()
            return isQuiet
          })
        })
        const two = yield* Effect.flatMap(openPostgres({ url }), (other) => openPostgresCarrier(other, 20))
        yield* Effect.promise(() => reaching(one, two))
        yield* Effect.promise(() => reaching(two, one))
      }),
    ),
  ))

liveSuite(
  "by Postgres",
  Effect.map(fresh, ({ url, driver }) => ({
    driver,
    carrier: Effect.flatMap(openPostgres({ url }), openPostgresCarrier),
  })),
)
