import { createHmac } from "node:crypto"
import { faultSentence, mountMedia, openBackend, serviceAccountOf } from "@roomlog/backend"
import { mountRest } from "@roomlog/bridge"
import { type Driver, openNatsCarrier } from "@roomlog/log"
import { Effect } from "effect"
import type { Logger } from "pino"
import type { Config } from "./config.ts"
import { openDatabase, partsOf } from "./database.ts"
import { makeAddressOf } from "./doors/address.ts"
import { Health } from "./doors/health.ts"
import { type Doors, hallway, letSocketsIn, listen, newServer } from "./doors/http.ts"
import { metricsDoor } from "./doors/metrics.ts"
import { openOldClients } from "./doors/oldClients.ts"
import { makeOriginCheck } from "./doors/origin.ts"
import { makeSessions } from "./doors/session.ts"
import { trpcOverHttp } from "./doors/trpc.ts"
import { trpcOverWebSocket } from "./doors/trpcSocket.ts"
import { webDoor } from "./doors/web.ts"
import { openObserving } from "./observe/observing.ts"
import { checkSecret, secretOf } from "./secret.ts"

/** What is not configuration: where time, ids and log lines come from and go to. */
export interface Surroundings {
  readonly now: () => number
  readonly newId: () => string
  readonly logger: Logger
  /** A database that is open already, and stays so; otherwise the configured one is opened. */
  readonly database?: Driver
}

/** The whole server in a scope: closing it stops accepting, finishes what was accepted, and tells clients to resume. */
export const startServer = Effect.fn("startServer")(function* (config: Config, surroundings: Surroundings) {
  const { now, newId } = surroundings
  const addressOf = makeAddressOf(config.trustedProxies)
  const observing = yield* openObserving({ ...config, addressOf, logger: surroundings.logger })
  const { logger, measures, tracer, calls } = observing
  const secret = yield* Effect.promise(() => secretOf(config))
  const driver = observing.database(surroundings.database ?? (yield* openDatabase(config)))
  const carrier = config.natsUrl === "" ? undefined : yield* openNats(config.natsUrl, secret, logger)
  const backend = yield* openBackend({
    driver,
    carrier,
    parts: partsOf(config),
    mediaDir: config.mediaDir,
    collecting: { first: 60_000, every: 60 * 60_000 },
    secret,
    rates: config.rates,
    now,
    newId,
    push: yield* Effect.promise(() => pushOf(config)),
    measures,
    tracer,
    onDefect: observing.failed,
  })

  yield* checkSecret(backend.log.query, secret)
  const http = newServer()
  const mayWrite = makeOriginCheck(originsOf(config))
  const sessions = makeSessions(backend, config.publicUrl.startsWith("https:"))
  const trpc = { backend, sessions, calls, addressOf, connections: config.connections }
  const overWebSocket = trpcOverWebSocket(trpc)
  const oldClients = openOldClients({ ...trpc, mode: config.oldClients, mayConnect: mayWrite, logger })
  letSocketsIn(http, overWebSocket.wss, mayWrite)
  let address = config.publicUrl
  const images = mountMedia({
    media: backend.media,
    actorOf: (headers) => sessions.actorOf(headers),
    origin: () => address,
    secret,
    now,
    uploadthingToken: config.uploadthingToken,
    failed: (cause, request) => calls.of(request).logger.error({ err: cause }, "failed"),
  })
  const rest = mountRest({
    backend,
    media: backend.media,
    saveToken: backend.push.saveToken,
    actorOf: (headers) => sessions.actorOf(headers),
    cookie: sessions.cookie,
    forGuests: config.oldClients === "on",
    addressOf,
    publicUrl: config.publicUrl,
    failed: (cause, request) => {
      const call = calls.of(request)
      call.logger.error({ err: cause }, "failed")
      return faultSentence(cause, call.id)
    },
  })
  const health = new Health(backend)
  const doors = [
    ["/trpc/", trpcOverHttp(trpc)],
    ...health.doors(),
    ["/metrics", metricsDoor(measures.meter, config.metricsToken)],
    ...images,
    ...oldClients.doors,
    ["/", rest(webDoor())],
  ] satisfies Doors
  http.on("request", hallway(doors, mayWrite))
  // After the others: it takes its own path away from listeners that are there already.
  oldClients.attach(http)
  calls.watch(http, overWebSocket.wss)
  observing.doors({ wss: overWebSocket.wss, oldClients }, backend)
  const { port } = yield* listen(http, config)
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`
  address ||= url
  yield* Effect.addFinalizer(() =>
    Effect.promise(async () => {
      await health.close()
      overWebSocket.close()
      oldClients.tellToReconnect()
    }),
  )
  return { url, backend }
})

/** News between nodes by NATS, under a name that only the nodes of one Roomlog know. */
const openNats = (url: string, secret: string, logger: Logger) =>
  openNatsCarrier({
    url,
    prefix: `roomlog.${createHmac("sha256", secret).update("nats").digest("hex").slice(0, 20)}`,
    onChange: (is) =>
      logger.warn({ nats: is }, is === "connected" ? "NATS answers" : "NATS is gone: events are polled"),
  })

const originsOf = ({ origins, publicUrl }: Config): ReadonlyArray<string> =>
  publicUrl === "" ? origins : [...origins, new URL(publicUrl).origin]

/** How people are notified. Push services want to know whom to write to; who runs this server may not have said. */
const pushOf = async ({ fcmAccount, fcmUrl, pushSubject, pushGrace, publicUrl, outgoingNetworks }: Config) => ({
  subject: pushSubject || (publicUrl.startsWith("https:") ? publicUrl : "mailto:nobody@roomlog.invalid"),
  account: fcmAccount === "" ? undefined : await serviceAccountOf(fcmAccount),
  fcmUrl,
  grace: pushGrace,
  networks: outgoingNetworks,
})
