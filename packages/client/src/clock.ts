/** Time, as the client needs it; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Calls back once after so many milliseconds, unless what it returns is called first. */
  readonly after: (ms: number, then: () => void) => () => void
  /** A number from 0 up to 1, to spread tries in time. */
  readonly random: () => number
}

/** The clock on the wall. */
export const wallClock: Clock = {
  now: () => Date.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
}

/** Milliseconds before try `n` (from 0): doubles from 100 to 5,000, spread by half. */
export const backoff = (clock: Clock) => (n: number) =>
  Math.round(Math.min(5_000, 100 * 2 ** n) * (0.5 + clock.random() / 2))
