import type { Socket } from "node:net"
import { type FramedSocket, hold, type Lane } from "@roomlog/backend"
import { WebSocket } from "ws"

type Message = readonly [data: unknown, isBinary: boolean]

/** Messages that may wait until it is known who speaks: more than a client has reason to send. */
const mostWaiting = 100

/** A WebSocket whose messages a lane may take before others hear them; what is sent in one turn leaves in one write. */
export class LaneSocket extends WebSocket implements FramedSocket {
  /** Takes messages, once it is known who speaks. */
  lane: Lane | undefined
  /** What carries it. */
  wire: Socket | undefined
  #waiting: Array<Message> | undefined

  /** Lets messages wait while it is asked who speaks; then they go on in their order. */
  async waiting<A>(asking: () => Promise<A>): Promise<A> {
    const waiting: Array<Message> = []
    this.#waiting = waiting
    try {
      return await asking()
    } finally {
      this.#waiting = undefined
      for (const [data, isBinary] of waiting) this.emit("message", data, isBinary)
    }
  }

  override emit(event: string | symbol, ...args: ReadonlyArray<unknown>): boolean {
    if (event !== "message") return super.emit(event, ...args)
    const [data, isBinary] = args as unknown as Message
    if (this.#waiting !== undefined) return this.#wait(this.#waiting, [data, isBinary])
    const left = this.lane === undefined || isBinary ? data : this.lane.take(data as Buffer)
    return left === undefined || super.emit(event, left, isBinary)
  }

  override send(data: Parameters<WebSocket["send"]>[0], ...more: ReadonlyArray<never>): void {
    if (this.wire !== undefined) hold(this.wire)
    super.send(data, ...more)
  }

  /** Writes past `ws`, which would make another header for each reader: nothing waits in it, as nothing is deflated. */
  sendFrame(frame: Buffer): void {
    if (this.wire === undefined) return
    hold(this.wire)
    this.wire.write(frame)
  }

  #wait(waiting: Array<Message>, message: Message): boolean {
    if (waiting.length === mostWaiting) this.terminate()
    else waiting.push(message)
    return true
  }
}
