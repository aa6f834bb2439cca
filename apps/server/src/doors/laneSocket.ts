import type { Socket } from "node:net"
import { WebSocket } from "ws"

/** Sockets that wait for the end of the turn to let go of what was written. */
let held: Array<Socket> = []

const letGo = (): void => {
  const sockets = held
  held = []
  for (const socket of sockets) socket.uncork()
}

const hold = (socket: Socket): void => {
  if (socket.writableCorked > 0 || socket.destroyed) return
  socket.cork()
  if (held.push(socket) === 1) setImmediate(letGo)
}

/** A WebSocket whose messages a lane may take before others hear them; what is sent in one turn leaves in one write. */
export class LaneSocket extends WebSocket {
  /** Whether it has taken a message. */
  lane: ((data: Buffer) => boolean) | undefined
  /** What carries it. */
  wire: Socket | undefined

  override emit(event: string | symbol, ...args: ReadonlyArray<unknown>): boolean {
    if (event === "message" && args[1] === false && this.lane?.(args[0] as Buffer)) return true
    return super.emit(event, ...args)
  }

  override send(data: Parameters<WebSocket["send"]>[0], ...more: ReadonlyArray<never>): void {
    if (this.wire !== undefined) hold(this.wire)
    super.send(data, ...more)
  }
}
