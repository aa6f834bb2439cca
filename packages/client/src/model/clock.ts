import type { Clock } from "../clock.ts"

/** A clock whose hand is moved by the test; everything that happens in it can happen again. */
export interface VirtualClock extends Clock {
  /** Lets time pass until `isDone`, or so many milliseconds, whichever comes first; says whether it was done. */
  readonly run: (ms: number, isDone?: () => boolean) => Promise<boolean>
}

/** A virtual clock whose chance comes from a seed. */
export const virtualClock = (seed: number): VirtualClock => {
  const random = seeded(seed)
  let now = 1_000_000
  let order = 0
  const timers = new Map<number, { readonly at: number; readonly then: () => void }>()
  const next = () => {
    let found: { readonly id: number; readonly at: number; readonly then: () => void } | undefined
    for (const [id, timer] of timers) if (found === undefined || timer.at < found.at) found = { id, ...timer }
    return found
  }
  return {
    now: () => now,
    random,
    after: (ms, then) => {
      const id = order++
      timers.set(id, { at: now + Math.max(0, ms), then })
      return () => void timers.delete(id)
    },
    run: async (ms, isDone = () => false) => {
      const until = now + ms
      for (;;) {
        await settled()
        if (isDone()) return true
        const timer = next()
        if (timer === undefined || timer.at > until) {
          now = until
          return false
        }
        timers.delete(timer.id)
        now = timer.at
        timer.then()
      }
    },
  }
}

/** Numbers from 0 up to 1 that follow from a seed (mulberry32). */
export const seeded = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

/** Every promise that can go on has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
