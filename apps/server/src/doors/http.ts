import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import type { WebSocketServer } from "ws"
import type { OriginCheck } from "./origin.ts"
import { endSlow } from "./slow.ts"

type Door = (request: IncomingMessage, response: ServerResponse) => void

/** A door behind a path: `/x/` takes everything below it, `/x` only itself. The first that fits is taken. */
export type Doors = ReadonlyArray<readonly [path: string, door: Door]>

/** Milliseconds that open requests and sockets have to end at shut-down. */
const grace = 5_000

/** Finds the door of each request. Writes from pages of other origins are refused before any door sees them. */
export const hallway = (doors: Doors, mayWrite: OriginCheck): RequestListener => {
  return (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0]!
    const isWrite = request.method !== "GET" && request.method !== "HEAD"
    if (isWrite && !mayWrite(request)) return refuse(response, 403, "Pages of that origin may not write here.")
    const door = doors.find(([at]) => (at.endsWith("/") ? path.startsWith(at) : path === at))
    if (door) door[1](request, response)
    else refuse(response, 404, "Not found.")
  }
}

/** Lets WebSockets in at `/trpc`; Socket.IO takes care of its own path; everything else is turned away. */
export const letSocketsIn = (http: Server, wss: WebSocketServer, mayConnect: OriginCheck): void => {
  http.on("upgrade", (request, socket, head) => {
    const path = (request.url ?? "/").split("?", 1)[0]!
    if (path.startsWith("/socket.io/")) return
    if (path !== "/trpc") return void socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n")
    if (!mayConnect(request)) return void socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n")
    wss.handleUpgrade(request, socket, head, (ws) => wss.emit("connection", ws, request))
  })
}

/** Listens, and at the end of the scope stops accepting, lets open requests end, and closes what is left. */
export const listen = (http: Server, { host, port }: { readonly host: string; readonly port: number }) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly port: number }, Error>((resume) => {
      http.once("error", (cause: NodeJS.ErrnoException) =>
        resume(
          Effect.fail(
            cause.code === "EADDRINUSE"
              ? new Error(`Something listens on ${host}:${port} already. Stop it, or set PORT to another one.`)
              : cause,
          ),
        ),
      )
      http.listen(port, host, () => resume(Effect.succeed({ port: (http.address() as AddressInfo).port })))
    }),
    () =>
      Effect.callback<void>((resume) => {
        const late = setTimeout(() => http.closeAllConnections(), grace)
        http.close(() => {
          clearTimeout(late)
          resume(Effect.void)
        })
        http.closeIdleConnections()
      }),
  )

/** A server without doors yet, with limits against slow and huge requests. */
export const newServer = (): Server => {
  const http = createServer({ headersTimeout: 10_000, requestTimeout: 0, maxHeaderSize: 16 * 1024 })
  endSlow(http)
  return http
}

const refuse = (response: ServerResponse, status: number, detail: string): void => {
  response.writeHead(status, { "content-type": "application/json", connection: "close" })
  response.end(JSON.stringify({ detail }))
}
