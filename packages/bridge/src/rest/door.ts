import type { IncomingMessage, ServerResponse } from "node:http"
import { type Actor, Rejected, run } from "@roomlog/backend"
import { Effect, Result } from "effect"
import type { Media } from "../session.ts"
import { type Answer, Answered, badToken, detail, noSession, notFound, ok, orAnswer, refused } from "./answers.ts"
import { makeBodies } from "./body.ts"
import type { Call, Handler, RestBackend, SaveToken } from "./call.ts"
import { fieldsOf, readable } from "./forms.ts"
import { makeGuests } from "./guests.ts"
import { readKey } from "./idempotencyKey.ts"
import { methodsOf, type Route, routes } from "./routes.ts"

type Door = (request: IncomingMessage, response: ServerResponse) => void

export interface RestSources {
  readonly backend: RestBackend
  readonly media: Media
  readonly saveToken: SaveToken
  readonly actorOf: (headers: IncomingMessage["headers"]) => Promise<Actor | undefined>
  /** The cookie that gives a browser its session. */
  readonly cookie: (token: string) => string
  /** Whether people without a session may read and speak. */
  readonly forGuests: boolean
  readonly addressOf: (connected: string | undefined, headers: IncomingMessage["headers"]) => string
  /** The address that people use, when it is known; otherwise the one that a request names. */
  readonly publicUrl: string
  /** Hears of a fault inside, and says what its sender is told. */
  readonly failed: (cause: unknown, request: IncomingMessage) => string
}

/** The old REST routes before another door, which answers whatever is not theirs. */
export const mountRest = (sources: RestSources): ((otherwise: Door) => Door) => {
  const guests = makeGuests(sources.backend)
  const bodies = makeBodies()

  const answer = async (request: IncomingMessage, route: Route, room: string): Promise<Answer> => {
    const handler = handlerOf(request.method, route)
    if (handler === undefined)
      return request.method === "OPTIONS" ? ok(about(route)) : detail(405, `Method "${request.method}" not allowed.`)
    const actor = await sources.actorOf(request.headers)
    if (actor === undefined && !route.isOpen && bearsToken(request)) return badToken
    if (actor === undefined && !route.isOpen && !sources.forGuests) return noSession
    const key = readKey(request.headers["idempotency-key"])
    if (Result.isFailure(key)) return key.failure
    const { fields, letGo } = bodyOf(request)
    const address = sources.addressOf(request.socket.remoteAddress, request.headers)
    const url = urlOf(request, sources.publicUrl)
    return run(handler({ ...sources, guests, actor, room, url, address, key: key.success, fields })).finally(letGo)
  }

  /** The fields of a body that is read when they are wanted, and held until it is let go. */
  const bodyOf = (request: IncomingMessage): { readonly fields: Call["fields"]; readonly letGo: () => void } => {
    let letGo = (): void => undefined
    const body = Effect.tryPromise({ try: () => bodies(request), catch: (cause) => cause as Answered })
    const fields = body.pipe(
      Effect.tap(({ done }) => Effect.sync(() => (letGo = done))),
      Effect.flatMap(({ bytes }) => orAnswer(fieldsOf(request.headers["content-type"] ?? "", bytes))),
    )
    return { fields, letGo: () => letGo() }
  }

  const explain = (cause: unknown, request: IncomingMessage): Answer => {
    if (cause instanceof Answered) return cause.answer
    if (cause instanceof Rejected) return refused(cause.rejection)
    return detail(500, sources.failed(cause, request))
  }

  return (otherwise) => (request, response) => {
    const { route, room } = find(request.url ?? "/")
    const isRead = request.method === "GET" || request.method === "HEAD"
    if (route === "none" || (typeof route === "object" && route.isPage && isRead)) return otherwise(request, response)
    const answering = typeof route === "object" ? answer(request, route, room) : Promise.resolve(notFound)
    void answering
      .catch((cause: unknown) => (request.readableAborted ? undefined : explain(cause, request)))
      .then((said) => said && send(request, response, withAllow(said, route)))
      .catch((cause: unknown) => {
        sources.failed(cause, request)
        response.destroy()
      })
  }
}

type Found = Route | "api" | "none"

/** The route of an address and the room in it; "api" is nothing under the address of the routes. */
const find = (url: string): { readonly route: Found; readonly room: string } => {
  const path = url.split("?", 1)[0]!
  for (const route of routes) {
    const found = route.at.exec(path)
    const room = found && decoded(found[1] ?? "")
    if (found) return room === undefined ? { route: "api", room: "" } : { route, room: room ?? "" }
  }
  return { route: path.startsWith("/api/") ? "api" : "none", room: "" }
}

const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

const handlerOf = (method: string | undefined, route: Route): Handler | undefined => {
  if (method === "GET" || method === "HEAD") return route.get
  return method === "POST" ? route.post : undefined
}

const bearsToken = ({ headers }: IncomingMessage): boolean => /^bearer /i.test(headers.authorization ?? "")

/** What OPTIONS says of a route. */
const about = (route: Route) => ({
  name: route.name,
  description: "",
  renders: ["application/json"],
  parses: route.post ? readable : [],
})

/** The address as its sender wrote it, or as people know it. */
const urlOf = ({ url = "/", headers: { host = "" } }: IncomingMessage, publicUrl: string): URL => {
  const origin = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:.]+\](:\d{1,5})?$/i.test(host) ? `http://${host}` : "http://localhost"
  return new URL(url.startsWith("/") ? `${publicUrl === "" ? origin : new URL(publicUrl).origin}${url}` : origin)
}

const withAllow = (answer: Answer, route: Found): Answer =>
  typeof route === "object" ? { ...answer, headers: { ...answer.headers, allow: methodsOf(route).join(", ") } } : answer

const send = ({ method }: IncomingMessage, response: ServerResponse, { status, json, html, headers }: Answer): void => {
  const body = Buffer.from(html?.page ?? (json === undefined ? "" : JSON.stringify(json)))
  response.writeHead(status, {
    ...(body.length === 0 ? {} : { "content-type": html ? "text/html; charset=utf-8" : "application/json" }),
    "content-length": body.length,
    "cache-control": "no-store",
    vary: "Accept, Cookie",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": html?.policy ?? "default-src 'none'; frame-ancestors 'none'",
    ...headers,
  })
  response.end(method === "HEAD" ? undefined : body)
}
