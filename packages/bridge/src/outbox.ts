import type { Socket } from "socket.io"
import type { Packet } from "./packets.ts"

type Connection = Socket["conn"]

/** The way out to one old client. */
export interface Outbox {
  readonly send: (packet: Packet) => void
  /** Characters and bytes that were sent and have not left yet. */
  readonly buffered: () => number
  /**
   * Ends the connection below Socket.IO, whatever waits. Old clients come back by themselves after this, and would not
   * after a `disconnect`.
   */
  readonly hangUp: () => void
}

/** The way out of a connection: one, however often a client joins the main namespace on it. */
export const outboxOf = (connection: Connection): Outbox => {
  const outbox = known.get(connection) ?? open(connection)
  known.set(connection, outbox)
  return outbox
}

const known = new WeakMap<Connection, Outbox>()

const open = (connection: Connection): Outbox => {
  let waiting = 0
  // Engine.IO hands everything that waits to the transport at once, and says so before.
  connection.on("packetCreate", ({ data }: { readonly data?: string }) => {
    waiting += data?.length ?? 0
  })
  connection.on("flush", () => {
    waiting = 0
  })
  return {
    send: ({ text, options }) => void connection.write(text, options),
    buffered: () => waiting + (webSocketOf(connection)?.bufferedAmount ?? 0),
    hangUp: () => {
      const webSocket = webSocketOf(connection)
      connection.close(true)
      setTimeout(() => webSocket?.terminate(), 1_000).unref()
    },
  }
}

interface WebSocketTransport {
  readonly socket: { readonly bufferedAmount: number; readonly terminate: () => void }
}

const webSocketOf = ({ transport }: Connection): WebSocketTransport["socket"] | undefined =>
  transport.name === "websocket" ? (transport as unknown as WebSocketTransport).socket : undefined
