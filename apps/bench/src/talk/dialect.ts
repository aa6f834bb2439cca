import type { Socket } from "node:net"
import { WebSocket } from "ws"

/** Somebody in a room, on a WebSocket of their own. */
export interface Seat {
  readonly socket: WebSocket
  readonly say: (text: string) => void
}

/** Where somebody sits: the `index`-th in the `room`-th room. */
export interface Place {
  readonly room: number
  readonly index: number
}

/** How a system's clients speak. `enter` ends when the person is in the room and hears everything said from then on. */
export interface Dialect {
  readonly enter: (url: string, place: Place) => Promise<Seat>
  /** Answers what keeps a connection alive; true when the frame was only that. */
  readonly answers: (socket: WebSocket, frame: string) => boolean
}

export interface Opening {
  readonly headers?: Readonly<Record<string, string>>
  readonly protocol?: string
}

/** An open socket, what carries it, and a way to wait for the next frame that fits. */
export const opened = async (url: string, { headers = {}, protocol }: Opening = {}) => {
  const socket = new WebSocket(url, protocol ?? [], { perMessageDeflate: false, headers })
  const carried = new Promise<Socket>((resolve) => socket.once("upgrade", ({ socket: wire }) => resolve(wire)))
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject))
  const next = (fits: (frame: string) => boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      let last = "nothing"
      const closed = (code: number, why: Buffer): void => reject(new Error(`closed with ${code} ${why} after ${last}`))
      const hear = (data: unknown): void => {
        const frame = String(data)
        last = frame
        if (!fits(frame)) return
        socket.off("message", hear).off("close", closed)
        resolve(frame)
      }
      socket.on("message", hear).once("close", closed)
    })
  return { socket, wire: await carried, next }
}
