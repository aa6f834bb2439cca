import type { WebSocket } from "ws"
import { Rejected } from "./rejected.ts"

/** Queries and mutations of one WebSocket that may be on their way at once. */
export const mostCalls = 32
/** Subscriptions of one WebSocket. */
export const mostSubscriptions = 64

/** What one WebSocket is busy with. */
interface Busy {
  calls: number
  subscriptions: number
}

const sockets = new WeakMap<WebSocket, Busy>()

/** Takes one of a WebSocket's places, or refuses when all are taken. Calls over HTTP need none. Returns how to give it back. */
export const takePlace = (socket: WebSocket | undefined, of: keyof Busy): (() => void) => {
  if (socket === undefined) return () => undefined
  const busy = sockets.get(socket) ?? { calls: 0, subscriptions: 0 }
  sockets.set(socket, busy)
  if (busy[of] >= most[of]) throw new Rejected({ rejection: { _tag: "RateLimited", retryAfter: 1_000 } })
  busy[of] += 1
  return () => {
    busy[of] -= 1
  }
}

const most = { calls: mostCalls, subscriptions: mostSubscriptions } satisfies Busy
