import type { Socket as Wire } from "node:net"
import { hold } from "@roomlog/backend"
import type { Socket } from "socket.io"
import type { Packet } from "./packets.ts"

type Connection = Socket["conn"]

/** The way out to one old client. */
export interface Outbox {
  send(packet: Packet): void
  /** Characters and bytes that were sent and have not left yet. */
  buffered(): number
  /**
   * Ends the connection below Socket.IO, whatever waits. Old clients come back by themselves after this, and would not
   * after a `disconnect`.
   */
  hangUp(): void
}

/** The way out of a connection: one, however often a client joins the main namespace on it. */
export const outboxOf = (connection: Connection): Outbox => {
  const outbox = known.get(connection) ?? new ConnectionOutbox(connection)
  known.set(connection, outbox)
  return outbox
}

const known = new WeakMap<Connection, Outbox>()

class ConnectionOutbox implements Outbox {
  readonly #connection: Connection
  #waiting = 0

  constructor(connection: Connection) {
    this.#connection = connection
    connection.on("packetCreate", (packet: { readonly data?: string }) => {
      if (!connection.transport.writable) this.#waits(packet.data?.length ?? 0)
    })
  }

  /** Past Engine.IO when nothing waits in it: it makes a packet for each client, and a write for each message. */
  send({ text, options }: Packet): void {
    const frame = options.wsPreEncodedFrame?.[0]
    const wire = this.#connection.readyState === "open" && this.#waiting === 0 ? wireOf(this.#connection) : undefined
    if (frame === undefined || wire === undefined) return void this.#connection.write(text, options)
    hold(wire)
    wire.write(frame)
  }

  buffered(): number {
    return this.#waiting + (webSocketOf(this.#connection)?.bufferedAmount ?? 0)
  }

  hangUp(): void {
    const webSocket = webSocketOf(this.#connection)
    this.#connection.close(true)
    setTimeout(() => webSocket?.terminate(), 1_000).unref()
  }

  /** Engine.IO hands everything that waits to the transport at once, and says so before. */
  #waits(length: number): void {
    if (this.#waiting === 0 && length > 0)
      this.#connection.once("flush", () => {
        this.#waiting = 0
      })
    this.#waiting += length
  }
}

interface WebSocketTransport {
  readonly socket: {
    readonly bufferedAmount: number
    readonly terminate: () => void
    /** What carries it: not part of what `ws` promises. */
    readonly _socket?: Wire | null
  }
}

const webSocketOf = ({ transport }: Connection): WebSocketTransport["socket"] | undefined =>
  transport.name === "websocket" ? (transport as unknown as WebSocketTransport).socket : undefined

const wireOf = (connection: Connection): Wire | undefined => {
  const wire = webSocketOf(connection)?._socket
  return wire?.writable ? wire : undefined
}
