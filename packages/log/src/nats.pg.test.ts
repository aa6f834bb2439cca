import { Effect } from "effect"
import { afterAll, beforeAll, describe } from "vitest"
import { openNatsCarrier } from "./carrier/nats.ts"
import { carrierSuite } from "./carrier/suite.ts"
import { liveSuite } from "./live-suite.ts"
import { openPostgres } from "./postgres.ts"
import { startNats, startPostgres, type TestNats, type TestPostgres, whyNoNats } from "./testing.ts"

const missing = whyNoNats()

describe.skipIf(missing !== undefined)(missing ?? "a real nats-server", () => {
  let server: TestPostgres
  let nats: TestNats
  beforeAll(async () => {
    server = await startPostgres()
    nats = await startNats()
  }, 60_000)
  afterAll(async () => {
    await nats.kill()
    await server.stop()
  })

  let count = 0
  const carriers = Effect.sync(() => {
    const options = { url: nats.url, prefix: `roomlog.${count++}` }
    return openNatsCarrier(options)
  })

  carrierSuite(
    "by NATS",
    Effect.flatMap(carriers, (carrier) =>
      Effect.map(Effect.all([carrier, carrier]), ([one, two]) => ({ one, two, disturb: () => nats.restart() })),
    ),
  )
  liveSuite(
    "by NATS",
    Effect.flatMap(carriers, (carrier) =>
      Effect.gen(function* () {
        const url = yield* Effect.promise(() => server.freshDatabase())
        return { driver: yield* openPostgres({ url }), carrier }
      }),
    ),
  )
})
