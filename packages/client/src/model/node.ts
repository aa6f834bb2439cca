import type { DeliveredEvent, Seq } from "@roomlog/schemas"
import type { VirtualClock } from "./clock.ts"
import type { ModelRoom } from "./room.ts"

/** One of several servers on one database: its feed hears of what is in the log later, and several events at once. */
export interface ModelNode {
  /** Up to where its feed has heard. */
  readonly heard: () => Seq
  /** Calls back after it has heard more. Returns how to stop. */
  readonly onHeard: (tell: () => void) => () => void
  /** Hears nothing for so many ms. */
  readonly fallBehind: (ms: number) => void
}

/** A node of a room; `lag` says how long its next wake-up takes, in ms. */
export const modelNode = (room: ModelRoom, clock: VirtualClock, lag: () => number): ModelNode => {
  let heard = room.log.length
  let deafUntil = 0
  let isWoken = false
  const listeners = new Set<() => void>()
  const hear = (): void => {
    const wait = deafUntil - clock.now()
    if (wait > 0) return void clock.after(wait, hear)
    isWoken = false
    heard = room.log.length
    for (const tell of [...listeners]) tell()
  }
  room.onEvent(() => {
    if (isWoken) return
    isWoken = true
    clock.after(lag(), hear)
  })
  return {
    heard: () => heard,
    onHeard: (tell) => {
      listeners.add(tell)
      return () => void listeners.delete(tell)
    },
    fallBehind: (ms) => {
      deafUntil = clock.now() + ms
    },
  }
}

/** The events of a room after one seq and up to another. */
export const between = ({ log }: ModelRoom, after: Seq, upTo: Seq): ReadonlyArray<DeliveredEvent> =>
  log.slice(after, upTo)
