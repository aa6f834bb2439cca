import type { IncomingMessage, ServerResponse } from "node:http"
import { appRouter, type Backend, encoder } from "@roomlog/backend"
import { createHTTPHandler } from "@trpc/server/adapters/standalone"
import { applyWSSHandler } from "@trpc/server/adapters/ws"
import type { Logger } from "pino"
import { WebSocketServer } from "ws"
import type { Sessions } from "./session.ts"

/** Bytes of one HTTP call or WebSocket message. */
const mostBytes = 64 * 1024
/** WebSocket close code: the session that the connection spoke for has ended. */
const signedOutCode = 4001
/** Calls in one batch. */
const mostCalls = 20

export interface TrpcSources {
  readonly backend: Backend
  readonly sessions: Sessions
  readonly logger: Logger
  /** WebSockets of one person from one address. */
  readonly connections: number
}

/** tRPC over HTTP: queries, mutations in JSON, and subscriptions as server-sent events. */
export const trpcOverHttp = ({ backend, sessions, logger }: TrpcSources) => {
  const handle = createHTTPHandler({
    router: appRouter,
    basePath: "/trpc/",
    maxBodySize: mostBytes,
    maxBatchSize: mostCalls,
    createContext: async ({ req, res }) => ({
      backend,
      actor: await sessions.actorOf(req.headers),
      address: req.socket.remoteAddress ?? "",
      socket: undefined,
      setSession: (token: string | null) => void res.appendHeader("set-cookie", sessions.cookie(token)),
    }),
    onError: ({ error, path }) => report(logger, error, path),
  })
  return (request: IncomingMessage, response: ServerResponse): void => {
    const isJson = request.headers["content-type"]?.startsWith("application/json") ?? false
    if (request.method === "POST" && !isJson) {
      response.writeHead(415, { "content-type": "application/json" })
      response.end(JSON.stringify({ error: { message: "Send application/json." } }))
      return
    }
    handle(request, response)
  }
}

/** tRPC over WebSocket. The feed writes live events to the sockets itself. */
export const trpcOverWebSocket = ({ backend, sessions, logger, connections }: TrpcSources) => {
  const wss = new WebSocketServer({ noServer: true, maxPayload: mostBytes, perMessageDeflate: false })
  const open = new Map<string, number>()
  const handler = applyWSSHandler({
    wss,
    router: appRouter,
    experimental_encoder: encoder,
    keepAlive: { enabled: true, pingMs: 15_000, pongWaitMs: 10_000 },
    createContext: async ({ req, res, info }) => {
      const token = info.connectionParams?.["token"]
      const actor = await sessions.actorOf(req.headers, typeof token === "string" ? token : undefined)
      const address = req.socket.remoteAddress ?? ""
      const key = `${address} ${actor?.id}`
      const others = open.get(key) ?? 0
      if (others >= connections) {
        res.close(4009, "too many connections: close another one first")
        throw new Error("too many connections")
      }
      open.set(key, others + 1)
      res.once("close", () => {
        const left = (open.get(key) ?? 1) - 1
        if (left > 0) open.set(key, left)
        else open.delete(key)
      })
      // Who speaks is asked once for a connection, so the connection ends with the session.
      const stop = backend.identity.onEnded((session) => {
        if (session === actor?.session) res.close(signedOutCode, "the session has ended: sign in again")
      })
      res.once("close", stop)
      return { backend, actor, address, socket: res, setSession: undefined }
    },
    onError: ({ error, path }) => report(logger, error, path),
  })
  return { wss, tellToReconnect: () => handler.broadcastReconnectNotification() }
}

const report = (
  logger: Logger,
  error: { code: string; message: string; cause?: unknown },
  path: string | undefined,
) => {
  if (error.code === "INTERNAL_SERVER_ERROR") logger.error({ path, err: error.cause ?? error }, error.message)
  else logger.debug({ path, code: error.code }, "refused")
}
