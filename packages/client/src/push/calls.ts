import type { Clock } from "../clock.ts"
import type { Push } from "../contract.ts"
import { insist } from "../insist.ts"
import type { Server } from "../server.ts"

interface PushNeeds {
  readonly server: Server
  readonly clock: Clock
  readonly retryDelay: (n: number) => number
}

/** Notifications, asked for until there is an answer; where somebody looks is told once, for it is old a moment later. */
export const pushCalls = ({ server: { push }, ...how }: PushNeeds): Push => ({
  key: () => insist(() => push.key(), how),
  subscribe: (device) => insist(() => push.subscribe(device), how),
  unsubscribe: (device) => insist(() => push.unsubscribe(device), how),
  rules: () => insist(() => push.rules(), how),
  setRule: (room, notify) => insist(() => push.setRule(room, notify), how),
  attend: (room) => push.attend(room),
})
