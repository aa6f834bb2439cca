import { type Backend, Measures } from "@roomlog/backend"
import type { Driver } from "@roomlog/log"
import { Effect, type Scope } from "effect"
import type { Logger } from "pino"
import manifest from "../../package.json" with { type: "json" }
import type { AddressOf } from "../doors/address.ts"
import { Calls } from "./calls.ts"
import { measuredDriver, measureProjections } from "./database.ts"
import { harmless } from "./harmless.ts"
import { measureProcess } from "./process.ts"
import { type Connections, measureConnections } from "./sockets.ts"
import { openTracer } from "./tracing.ts"

/** What is observed by whom. */
export interface ObservingOptions {
  readonly logger: Logger
  readonly addressOf: AddressOf
  readonly nodeName: string
  readonly otelEndpoint: string
  readonly databaseUrl: string
  readonly databaseConnections: number
}

/** Everything that watches a server at its work: measures, traces, and a log that keeps the words of people out. */
export const openObserving = (options: ObservingOptions) =>
  Effect.gen(function* () {
    const { nodeName: node, otelEndpoint: endpoint, addressOf } = options
    const logger = options.logger.child({ node }, { serializers: { err: harmless } })
    const { version } = manifest
    const measures = new Measures()
    const { meter } = measures
    yield* measureProcess(meter, { version, node })
    return {
      logger,
      measures,
      tracer: yield* openTracer({ endpoint, node, version }),
      calls: new Calls({ logger, trusted: (address) => believes(addressOf, address) }),
      failed: (cause: unknown) => logger.error({ err: cause }, "failed"),
      database: (driver: Driver) => {
        const size = options.databaseUrl === "" ? 1 : options.databaseConnections
        meter.gauge("roomlog_database_pool_size", "Connections for reading", () => size, { pool: "reading" })
        return measuredDriver(driver, meter)
      },
      doors: (connections: Omit<Connections, "subscribers">, { log, feed }: Pick<Backend, "log" | "feed">) => {
        measureProjections(meter, log.query)
        measureConnections(meter, { ...connections, subscribers: () => feed.size() })
      },
    }
  }) satisfies Effect.Effect<unknown, never, Scope.Scope>

/** An address is a trusted proxy's if it is believed when it speaks for another. */
const believes = (addressOf: AddressOf, address: string): boolean =>
  addressOf(address, { "x-forwarded-for": "192.0.2.1" }) === "192.0.2.1"
