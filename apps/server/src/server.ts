import { openBackend } from "@roomlog/backend"
import { openPglite, openPostgres } from "@roomlog/log"
import { Effect } from "effect"
import type { Logger } from "pino"
import type { Config } from "./config.ts"
import { healthDoor } from "./doors/health.ts"
import { hallway, letSocketsIn, listen, newServer } from "./doors/http.ts"
import { makeOriginCheck } from "./doors/origin.ts"
import { makeSessions } from "./doors/session.ts"
import { trpcOverHttp, trpcOverWebSocket } from "./doors/trpc.ts"
import { webDoor } from "./doors/web.ts"
import { secretOf } from "./secret.ts"

/** What is not configuration: where time, ids and log lines come from and go to. */
export interface Surroundings {
  readonly now: () => number
  readonly newId: () => string
  readonly logger: Logger
  /** True keeps the database in memory, for tests. */
  readonly inMemory?: boolean
}

/** The whole server in a scope: closing it stops accepting, finishes what was accepted, and tells clients to resume. */
export const startServer = Effect.fn("startServer")(function* (config: Config, surroundings: Surroundings) {
  const { logger, now, newId } = surroundings
  const secret = yield* Effect.promise(() => secretOf(config))
  const driver = yield* openDatabase(config, surroundings)
  const backend = yield* openBackend({ driver, secret, rates: config.rates, now, newId })

  const http = newServer()
  const mayWrite = makeOriginCheck([...config.origins, ...(config.publicUrl ? [new URL(config.publicUrl).origin] : [])])
  const sessions = makeSessions(backend, config.publicUrl.startsWith("https:"))
  const trpc = { backend, sessions, logger, connections: config.connections }
  const overWebSocket = trpcOverWebSocket(trpc)
  letSocketsIn(http, overWebSocket.wss, mayWrite)
  http.on(
    "request",
    hallway(
      [
        ["/trpc/", trpcOverHttp(trpc)],
        ["/health", (_, response) => void healthDoor(backend)(response)],
        ["/", webDoor()],
      ],
      mayWrite,
    ),
  )
  const { port } = yield* listen(http, config)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      overWebSocket.tellToReconnect()
      for (const socket of overWebSocket.wss.clients) socket.close(1012, "the server restarts: resume")
    }),
  )
  return { url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`, backend, http }
})

const openDatabase = (config: Config, { inMemory }: Surroundings) => {
  if (config.databaseUrl !== "") return openPostgres({ url: config.databaseUrl })
  return openPglite(inMemory || config.databaseDir === undefined ? {} : { folder: config.databaseDir })
}
