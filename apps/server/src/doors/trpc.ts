import type { IncomingMessage, ServerResponse } from "node:http"
import { appRouter, type Backend, type Context, encoder, faultSentence, Lane } from "@roomlog/backend"
import type { TRPCError } from "@trpc/server"
import { createHTTPHandler } from "@trpc/server/adapters/standalone"
import { applyWSSHandler } from "@trpc/server/adapters/ws"
import { type WebSocket, WebSocketServer } from "ws"
import type { Call, Calls } from "../observe/calls.ts"
import type { AddressOf } from "./address.ts"
import { LaneSocket } from "./laneSocket.ts"
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
  readonly calls: Calls
  readonly addressOf: AddressOf
  /** WebSockets of one person from one address. */
  readonly connections: number
}

/** tRPC over HTTP: queries, mutations in JSON, and subscriptions as server-sent events. */
export const trpcOverHttp = ({ backend, sessions, calls, addressOf }: TrpcSources) => {
  const handle = createHTTPHandler({
    router: appRouter,
    basePath: "/trpc/",
    maxBodySize: mostBytes,
    maxBatchSize: mostCalls,
    createContext: async ({ req, res }) => ({
      backend,
      actor: await sessions.actorOf(req.headers),
      address: addressOf(req.socket.remoteAddress, req.headers),
      socket: undefined,
      setSession: (token: string | null) => void res.appendHeader("set-cookie", sessions.cookie(token)),
    }),
    onError: ({ error, path, req }) => report(calls.of(req), error, path),
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
export const trpcOverWebSocket = ({ backend, sessions, calls, addressOf, connections }: TrpcSources) => {
  const wss = new WebSocketServer({
    noServer: true,
    WebSocket: LaneSocket,
    maxPayload: mostBytes,
    perMessageDeflate: false,
  })
  wss.on("connection", (socket, request) => {
    socket.wire = request.socket
  })
  const enter = entrance(connections)
  const handler = applyWSSHandler({
    wss,
    router: appRouter,
    experimental_encoder: encoder,
    keepAlive: { enabled: true, pingMs: 15_000, pongWaitMs: 10_000 },
    createContext: ({ req, res, info }) => {
      // The server above makes no others.
      const socket = res as LaneSocket
      return socket.waiting(async (): Promise<Context> => {
        const token = info.connectionParams?.["token"]
        const actor = await sessions.actorOf(req.headers, typeof token === "string" ? token : undefined)
        const address = addressOf(req.socket.remoteAddress, req.headers)
        const context = { backend, actor, address, socket, setSession: undefined }
        // Nothing that its end would undo is begun for a connection that is gone by now.
        if (socket.readyState !== socket.OPEN) return context
        enter(socket, `${address} ${actor?.id}`)
        if (actor === undefined) return context
        // Who speaks is asked once for a connection, so the connection ends with the session.
        const stop = backend.identity.onEnded((session) => {
          if (session === actor.session) socket.close(signedOutCode, "the session has ended: sign in again")
        })
        socket.once("close", stop)
        socket.lane = new Lane({ ...context, actor }, (error, path) => report(calls.of(req), error, path))
        return context
      })
    },
    onError: ({ error, path, req }) => report(calls.of(req), error, path),
  })
  return { wss, tellToReconnect: () => handler.broadcastReconnectNotification() }
}

/** Lets so many WebSockets of one person from one address in, and closes the next. */
const entrance = (most: number) => {
  const open = new Map<string, number>()
  return (socket: WebSocket, who: string): void => {
    const others = open.get(who) ?? 0
    if (others >= most) {
      socket.close(4009, "too many connections: close another one first")
      throw new Error("too many connections")
    }
    open.set(who, others + 1)
    socket.once("close", () => {
      const left = (open.get(who) ?? 1) - 1
      if (left > 0) open.set(who, left)
      else open.delete(who)
    })
  }
}

/** A fault inside is told to the caller with the id of the call, under which the log has the rest. */
const report = (call: Call, error: TRPCError, path: string | undefined): void => {
  const where = /^[\w.]{1,100}$/.test(path ?? "") ? { path } : {}
  const cause = error.cause ?? error
  if (error.code !== "INTERNAL_SERVER_ERROR" || isTheirs(cause))
    return call.logger.debug({ ...where, code: error.code }, "refused")
  error.message = faultSentence(cause, call.id)
  call.logger.error({ ...where, err: cause }, "failed")
}

/** Frames that are too large or no WebSocket's: ws closes the connection with a code that says so. */
const isTheirs = (cause: Error): boolean => "code" in cause && String(cause.code).startsWith("WS_ERR_")
