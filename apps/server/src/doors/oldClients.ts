import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Backend } from "@roomlog/backend"
import { attachBridge, bridgeOptions } from "@roomlog/bridge"
import type { Logger } from "pino"
import { Server as SocketIo } from "socket.io"
import type { AddressOf } from "./address.ts"
import type { Doors } from "./http.ts"
import type { OriginCheck } from "./origin.ts"
import type { Sessions } from "./session.ts"

export interface OldClientsSources {
  /** `token` lets in who brings a session; `off` nobody. */
  readonly mode: "on" | "token" | "off"
  readonly backend: Backend
  readonly sessions: Sessions
  readonly addressOf: AddressOf
  readonly mayConnect: OriginCheck
  readonly logger: Logger
}

/** The way in for Socket.IO clients of the application before, or a closed door that says so. */
export interface OldClients {
  readonly doors: Doors
  /** To be called after all other listeners are there: it takes its own path away from them. */
  readonly attach: (http: Server) => void
  readonly tellToReconnect: () => void
  readonly count: () => number
  /** Bytes that wait for them. */
  readonly buffered: () => number
}

export const openOldClients = (sources: OldClientsSources): OldClients =>
  sources.mode === "off" ? closed : open(sources)

const open = ({ mode, backend, sessions, addressOf, mayConnect, logger }: OldClientsSources): OldClients => {
  const io = new SocketIo(bridgeOptions(mayConnect))
  const connections = () => [...io.sockets.sockets.values()].map(({ conn }) => conn)
  return {
    doors: [],
    attach: (http) => {
      io.attach(http)
      attachBridge({
        backend,
        io,
        media: backend.media,
        actorOf: sessions.actorOf,
        needsToken: mode === "token",
        addressOf,
        failed: (cause) => logger.error({ err: cause }, "bridge"),
      })
    },
    // The connection ends, not the client's session: old clients then come back by themselves.
    tellToReconnect: () => {
      for (const connection of connections()) connection.close(true)
    },
    count: () => io.engine.clientsCount,
    buffered: () => connections().reduce((sum, { transport }) => sum + bufferedBy(transport), 0),
  }
}

/** Engine.IO's WebSocket transport keeps its socket to itself; long polling has none between requests. */
const bufferedBy = (transport: object): number => {
  const { socket } = transport as { readonly socket?: { readonly bufferedAmount?: number } }
  return socket?.bufferedAmount ?? 0
}

const path = "/socket.io/"
const words = JSON.stringify({
  detail: "Socket.IO is switched off here: clients of the application before are not served any more.",
})

const closed: OldClients = {
  doors: [
    [
      path,
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(404, { "content-type": "application/json" })
        response.end(words)
      },
    ],
  ],
  attach: (http) => {
    http.on("upgrade", ({ url = "/" }, socket) => {
      if (!url.startsWith(path)) return
      const head = ["HTTP/1.1 404 Not Found", "Content-Type: application/json", `Content-Length: ${words.length}`]
      socket.end(`${[...head, "Connection: close"].join("\r\n")}\r\n\r\n${words}`)
    })
  },
  tellToReconnect: () => undefined,
  count: () => 0,
  buffered: () => 0,
}
