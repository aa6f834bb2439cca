import type { Meter } from "@roomlog/backend"
import type { WebSocketServer } from "ws"

/** What holds connections open. */
export interface Connections {
  readonly wss: WebSocketServer
  readonly oldClients: {
    readonly count: () => number
    /** Bytes that wait for them. */
    readonly buffered: () => number
  }
  readonly subscribers: () => number
}

/** Counts, whenever somebody looks, who is connected and how many bytes wait for them. */
export const measureConnections = (meter: Meter, { wss, oldClients, subscribers }: Connections): void => {
  meter.gauge("roomlog_feed_subscribers", "Subscriptions to rooms", subscribers)
  meter.gauge("roomlog_websockets", "Open WebSockets of tRPC", () => wss.clients.size)
  meter.gauge("roomlog_socketio_clients", "Open connections of old clients", oldClients.count)
  const buffered = meter.gauges("roomlog_buffered_bytes", "Bytes written to sockets that have not left yet", "door")
  meter.beforeLook(async () => {
    let bytes = 0
    for (const { bufferedAmount } of wss.clients) bytes += bufferedAmount
    buffered.set(
      new Map([
        ["trpc", bytes],
        ["socketio", oldClients.buffered()],
      ]),
    )
  })
}
