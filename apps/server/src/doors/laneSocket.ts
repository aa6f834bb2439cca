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
  /** Called before others hear the first message that the lane leaves to them. */
  onLeft: (() => void) | undefined
  /** What carries it. */
  wire: Socket | undefined
  /** Beats since something was heard of it. */
  silence = 0
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
    this.silence = 0
    if (this.#isPulse(data as Buffer)) return true
    if (this.#waiting !== undefined) return this.#wait(this.#waiting, [data, isBinary])
    const left = this.lane === undefined || isBinary ? data : this.lane.take(data as Buffer)
    if (left === undefined) return true
    this.leave()
    return super.emit(event, left, isBinary)
  }

  /** Leaves it to others from now on whatever the lane does not take. */
  leave(): void {
    const { onLeft } = this
    this.onLeft = undefined
    onLeft?.()
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

  /** Signs of life of tRPC's WebSocket protocol, both ways. */
  #isPulse(data: Buffer): boolean {
    if (data.length !== 4) return false
    const word = data.toString()
    if (word === "PING") this.send("PONG")
    return word === "PING" || word === "PONG"
  }

  #wait(waiting: Array<Message>, message: Message): boolean {
    if (waiting.length === mostWaiting) this.terminate()
    else waiting.push(message)
    return true
  }
}
