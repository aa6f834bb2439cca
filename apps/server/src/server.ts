import { mountMedia, openBackend } from "@roomlog/backend"
import { attachBridge, bridgeOptions } from "@roomlog/bridge"
import { openPglite, openPostgres } from "@roomlog/log"
import { Effect } from "effect"
import type { Logger } from "pino"
import { Server as SocketIo } from "socket.io"
import type { Config } from "./config.ts"
import { healthDoor } from "./doors/health.ts"
import { type Doors, hallway, letSocketsIn, listen, newServer } from "./doors/http.ts"
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
  const backend = yield* openBackend({ driver, mediaDir: config.mediaDir, secret, rates: config.rates, now, newId })

  const http = newServer()
  const mayWrite = makeOriginCheck(originsOf(config))
  const sessions = makeSessions(backend, config.publicUrl.startsWith("https:"))
  const trpc = { backend, sessions, logger, connections: config.connections }
  const overWebSocket = trpcOverWebSocket(trpc)
  const socketIo = new SocketIo(bridgeOptions(mayWrite))
  attachBridge({
    backend,
    io: socketIo,
    media: backend.media,
    failed: (cause) => logger.error({ err: cause }, "bridge"),
  })
  letSocketsIn(http, overWebSocket.wss, mayWrite)
  let address = config.publicUrl
  const images = mountMedia({
    media: backend.media,
    actorOf: (headers) => sessions.actorOf(headers),
    origin: () => address,
    secret,
    now,
    uploadthingToken: config.uploadthingToken,
  })
  const doors = [
    ["/trpc/", trpcOverHttp(trpc)],
    ["/health", (_, response) => void healthDoor(backend)(response)],
    ...images,
    ["/", webDoor()],
  ] satisfies Doors
  http.on("request", hallway(doors, mayWrite))
  // After the others: it takes its own path away from listeners that are there already.
  socketIo.attach(http)
  const { port } = yield* listen(http, config)
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`
  address ||= url
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      overWebSocket.tellToReconnect()
      for (const socket of overWebSocket.wss.clients) socket.close(1012, "the server restarts: resume")
      // Closing the connection, not the client's session: old clients then come back by themselves.
      for (const { conn } of socketIo.sockets.sockets.values()) conn.close(true)
    }),
  )
  return { url, backend }
})

const originsOf = ({ origins, publicUrl }: Config): ReadonlyArray<string> =>
  publicUrl === "" ? origins : [...origins, new URL(publicUrl).origin]

const openDatabase = ({ databaseUrl: url, listenUrl, databaseDir }: Config, { inMemory }: Surroundings) => {
  if (url !== "") return openPostgres({ url, listenUrl: listenUrl || url })
  return openPglite(inMemory || databaseDir === undefined ? {} : { folder: databaseDir })
}
