import type { FeedItem } from "@roomlog/schemas"
import type { Encoder } from "@trpc/server/adapters/ws"
import { jsonEncoder } from "@trpc/server/adapters/ws"
import type { WebSocket } from "ws"
import { mostSubscriptions } from "../places.ts"
import type { Frame } from "./frame.ts"
import type { FrameQueue, Sink } from "./sink.ts"

/** WebSocket close code: "you were too slow; resume from your last token". */
export const slowCode = 4008
/** Queries and mutations in one WebSocket message. */
const mostCalls = 20

/**
 * A subscription's first frame on its way through tRPC. When the encoder meets it, it learns the request's id, and
 * from then on the feed writes finished messages to the socket itself: tRPC's loop for each subscriber costs three
 * times what the delivery does (docs/decisions/0003).
 */
export class Handover {
  readonly #first: Frame
  readonly #queue: FrameQueue
  readonly #socket: WebSocket

  constructor(first: Frame, queue: FrameQueue, socket: WebSocket) {
    this.#first = first
    this.#queue = queue
    this.#socket = socket
  }

  /** Stands where tRPC's types want an item; the encoder never lets it be seen. */
  asItem(): FeedItem {
    return this as unknown as FeedItem
  }

  /** The first frame as text; everything after it goes straight to the socket once tRPC has sent this one. */
  begin(request: number | string): string {
    queueMicrotask(() => this.#queue.moveTo(socketSink(this.#socket, request)))
    return this.#first.bytes(request).toString()
  }
}

/** tRPC's encoder, with an eye for handovers and a limit to the calls in one message. */
export const encoder: Encoder = {
  encode: (message) => {
    const { id, result } = message as { id: number | string; result?: { data?: { data?: unknown } } }
    const item = result?.data?.data
    return item instanceof Handover ? item.begin(id) : jsonEncoder.encode(message)
  },
  decode: (data) => {
    const calls = jsonEncoder.decode(data)
    if (Array.isArray(calls)) refuseTooMany(calls)
    return calls
  },
}

const refuseTooMany = (calls: ReadonlyArray<{ readonly method?: string } | null>): void => {
  const others = calls.filter((call) => !call?.method?.startsWith("subscription")).length
  if (others > mostCalls) throw new Error(`at most ${mostCalls} calls in one message`)
  // A client that comes back sends all of its subscriptions at once.
  if (calls.length - others > mostSubscriptions)
    throw new Error(`at most ${mostSubscriptions} subscriptions in one message`)
}

const socketSink = (socket: WebSocket, request: number | string): Sink => ({
  deliver: (frame) => {
    if (socket.readyState === socket.OPEN) socket.send(frame.bytes(request), { binary: false })
  },
  buffered: () => socket.bufferedAmount,
  end: (why) => {
    if (why._tag !== "slow") return
    socket.close(slowCode, "too slow: resume from your last token")
    setTimeout(() => socket.terminate(), 1_000).unref()
  },
})
