import { randomUUID } from "node:crypto"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Logger } from "pino"
import type { WebSocketServer } from "ws"

/** One HTTP request or one WebSocket connection, as logs and callers call it. */
export interface Call {
  readonly id: string
  readonly logger: Logger
}

export interface CallsOptions {
  readonly logger: Logger
  /** Whether the peer at an address may say what a request is called. */
  readonly trusted: (address: string) => boolean
}

/**
 * Gives every request and connection an id, says it in the answer's X-Request-Id, and knows it again. A proxy that is
 * trusted may bring the id along. At level debug there is one line for each when it is over.
 */
export class Calls {
  readonly #logger: Logger
  readonly #trusted: CallsOptions["trusted"]
  readonly #calls = new WeakMap<IncomingMessage, Call>()

  constructor({ logger, trusted }: CallsOptions) {
    this.#logger = logger
    this.#trusted = trusted
  }

  /** Begins to see what comes in. To be called after all others have begun to listen. */
  watch(http: Server, wss: WebSocketServer): void {
    http.prependListener("request", (request, response) => this.#request(request, response))
    wss.on("headers", (headers, request) => headers.push(`X-Request-Id: ${this.of(request).id}`))
    wss.on("connection", (socket, request) => {
      if (!this.#logger.isLevelEnabled("debug")) return
      const where = placeOf(request)
      socket.once("close", (code) => this.of(request).logger.debug({ ...where, code }, "connection"))
    })
  }

  /** The call that a request is, or that it opened. */
  of(request: IncomingMessage): Call {
    const known = this.#calls.get(request)
    if (known) return known
    const id = this.#brought(request) ?? randomUUID().replaceAll("-", "").slice(0, 16)
    const call = callOf(id, this.#logger)
    this.#calls.set(request, call)
    return call
  }

  #brought({ headers, socket }: IncomingMessage): string | undefined {
    const id = headers["x-request-id"]
    return typeof id === "string" && sane.test(id) && this.#trusted(socket.remoteAddress ?? "") ? id : undefined
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader("x-request-id", this.of(request).id)
    if (!this.#logger.isLevelEnabled("debug")) return
    const began = performance.now()
    // Doors may change the address on its way.
    const where = placeOf(request)
    response.once("close", () => {
      const { statusCode: status, writableFinished: finished } = response
      const ms = Math.round(performance.now() - began)
      this.of(request).logger.debug({ ...where, status, finished, ms }, "call")
    })
  }
}

/** Long enough to be told from others, and nothing that a log or a page could take for more than a name. */
const sane = /^[A-Za-z0-9._-]{8,64}$/

/** A child logger costs more than most calls do, so it is made for those that have something to say. */
const callOf = (id: string, parent: Logger): Call => {
  let logger: Logger | undefined
  return {
    id,
    get logger() {
      logger ??= parent.child({ request: id })
      return logger
    },
  }
}

/** Which door it was: room names, keys of images, and whatever follows a question mark are nobody's business. */
const placeOf = ({ method, url = "/" }: IncomingMessage) => ({ method, path: shown(url.split("?", 1)[0]!) })

const shown = (path: string): string => {
  if (/^\/(trpc\/[\w.,]{1,200}|health\/\w{1,10}|api\/\w{1,30})$/.test(path)) return path
  const [, first = ""] = path.split("/", 2)
  const known = /^[\w.-]{0,30}$/.test(first) ? `/${first}` : "/…"
  return path.length > known.length ? `${known}/…` : known
}
