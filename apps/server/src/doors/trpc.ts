import type { IncomingMessage, ServerResponse } from "node:http"
import { appRouter, type Backend, faultSentence } from "@roomlog/backend"
import type { TRPCError } from "@trpc/server"
import { createHTTPHandler } from "@trpc/server/adapters/standalone"
import type { Call, Calls } from "../observe/calls.ts"
import type { AddressOf } from "./address.ts"
import type { Sessions } from "./session.ts"

/** Bytes of one HTTP call or WebSocket message. */
export const mostBytes = 64 * 1024
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

/** A fault inside is told to the caller with the id of the call, under which the log has the rest. */
export const report = (call: Call, error: TRPCError, path: string | undefined): void => {
  const where = /^[\w.]{1,100}$/.test(path ?? "") ? { path } : {}
  const cause = error.cause ?? error
  if (error.code !== "INTERNAL_SERVER_ERROR" || isTheirs(cause))
    return call.logger.debug({ ...where, code: error.code }, "refused")
  error.message = faultSentence(cause, call.id)
  call.logger.error({ ...where, err: cause }, "failed")
}

/** Frames that are too large or no WebSocket's: ws closes the connection with a code that says so. */
const isTheirs = (cause: Error): boolean => "code" in cause && String(cause.code).startsWith("WS_ERR_")
