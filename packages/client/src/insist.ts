import type { Clock } from "./clock.ts"
import { Rejected } from "./contract.ts"
import { Lost } from "./server.ts"

/** How long one try may take, in milliseconds, before it counts as lost. */
export const patience = 10_000

export interface Insistence {
  readonly clock: Clock
  readonly retryDelay: (n: number) => number
  /** Milliseconds until it gives up; the default is 30,000. */
  readonly within?: number
  /** Asked before each new try. */
  readonly stopped?: () => boolean
}

/** Asks until there is an answer. A refusal is one; a lost connection is not, and "too many at once" asks to wait. */
export const insist = async <T>(ask: (signal: AbortSignal) => Promise<T>, how: Insistence): Promise<T> => {
  const { clock, retryDelay, within = 30_000, stopped = () => false } = how
  const deadline = clock.now() + within
  for (let n = 0; ; n++) {
    try {
      return await once(ask, Math.min(patience, deadline - clock.now()), clock)
    } catch (problem) {
      const wait = waitAfter(problem) ?? retryDelay(n)
      if (!isPassing(problem) || stopped() || clock.now() + wait >= deadline) throw problem
      await new Promise<void>((resolve) => clock.after(wait, resolve))
      if (stopped()) throw problem
    }
  }
}

/** One try, given up after `ms`. */
export const once = <T>(ask: (signal: AbortSignal) => Promise<T>, ms: number, clock: Clock): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = new AbortController()
    const stop = clock.after(ms, () => {
      reject(new Lost("The server did not answer in time."))
      abort.abort()
    })
    ask(abort.signal).then(resolve, reject).finally(stop)
  })

/** Whether asking the same again can end otherwise. */
export const isPassing = (problem: unknown): boolean => problem instanceof Lost || waitAfter(problem) !== undefined

/** How long the server asks to wait, in milliseconds. */
export const waitAfter = (problem: unknown): number | undefined =>
  problem instanceof Rejected && problem.rejection._tag === "RateLimited" ? problem.rejection.retryAfter : undefined

/** What went wrong, as an error. */
export const asError = (problem: unknown): Error => (problem instanceof Error ? problem : new Error(String(problem)))
