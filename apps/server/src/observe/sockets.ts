import type { Meter } from "@roomlog/backend"
import type { Server as SocketIo } from "socket.io"
import type { WebSocketServer } from "ws"

/** What holds connections open. */
export interface Connections {
  readonly wss: WebSocketServer
  readonly socketIo: SocketIo
  readonly subscribers: () => number
}

/** Counts, whenever somebody looks, who is connected and how many bytes wait for them. */
export const measureConnections = (meter: Meter, { wss, socketIo, subscribers }: Connections): void => {
  meter.gauge("roomlog_feed_subscribers", "Subscriptions to rooms", subscribers)
  meter.gauge("roomlog_websockets", "Open WebSockets of tRPC", () => wss.clients.size)
  meter.gauge("roomlog_socketio_clients", "Open connections of old clients", () => socketIo.engine.clientsCount)
  const buffered = meter.gauges("roomlog_buffered_bytes", "Bytes written to sockets that have not left yet", "door")
  meter.beforeLook(async () => {
    let bytes = 0
    for (const { bufferedAmount } of wss.clients) bytes += bufferedAmount
    let old = 0
    for (const { conn } of socketIo.sockets.sockets.values()) old += bufferedBy(conn.transport)
    buffered.set(
      new Map([
        ["trpc", bytes],
        ["socketio", old],
      ]),
    )
  })
}

/** Engine.IO's WebSocket transport keeps its socket to itself; long polling has none between requests. */
const bufferedBy = (transport: object): number => {
  const { socket } = transport as { readonly socket?: { readonly bufferedAmount?: number } }
  return socket?.bufferedAmount ?? 0
}
