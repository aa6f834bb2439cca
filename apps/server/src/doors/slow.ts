import type { IncomingMessage, Server, ServerResponse } from "node:http"

/** How much of a request's body must come in how long, and how long all of it may take: bytes and milliseconds. */
export interface Pace {
  readonly least: number
  readonly within: number
  readonly most: number
}

/** Half a kilobyte a second is slower than any network of today; a large image may take an hour over a bad one. */
export const usualPace: Pace = { least: 32 * 1024, within: 60_000, most: 60 * 60_000 }

/**
 * Ends requests whose body comes too slowly, whatever they are for. Node's own `requestTimeout` knows only one time for
 * a whole request, which is either too short for an image over a slow network or too long for nothing at all.
 */
export const endSlow = (http: Server, pace: Pace = usualPace): void => {
  http.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (hasBody(request)) watch(request, response, pace)
  })
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0

const watch = (request: IncomingMessage, response: ServerResponse, { least, within, most }: Pace): void => {
  let [came, passed] = [request.socket.bytesRead, 0]
  const timer = setInterval(() => {
    if (request.complete) return clearInterval(timer)
    passed += within
    const isMoving = request.socket.bytesRead - came >= least
    came = request.socket.bytesRead
    if (isMoving && passed < most) return
    clearInterval(timer)
    tooSlow(request, response)
  }, within).unref()
  request.once("close", () => clearInterval(timer))
}

const tooSlow = (request: IncomingMessage, response: ServerResponse): void => {
  if (response.headersSent) return void request.destroy()
  response.writeHead(408, { "content-type": "application/json", connection: "close" })
  response.end(JSON.stringify({ detail: "The request came too slowly. Try again." }), () => request.destroy())
}
