import type { CommandTag } from "@roomlog/schemas"
import { Effect } from "effect"
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible"
import { type Rejected, reject } from "./rejected.ts"

/** How many of something in how many seconds. */
export interface Rate {
  readonly points: number
  readonly seconds: number
}

/** What is counted, over all doors together. */
export interface Rates {
  /** Posts and other changes of a person. */
  readonly posts: Rate
  /** Rooms joined or created by a person. */
  readonly joins: Rate
  /** Images uploaded by a person. */
  readonly uploads: Rate
  /** Sign-ins from an address. */
  readonly signIns: Rate
  /** Rooms joined by old clients from an address: they come without a session, and all at once after a restart. */
  readonly oldJoins: Rate
}

/** Five posts a second with bursts of twenty; a minute's joins, uploads and sign-ins. */
export const defaultRates: Rates = {
  posts: { points: 20, seconds: 4 },
  joins: { points: 10, seconds: 60 },
  uploads: { points: 10, seconds: 60 },
  signIns: { points: 5, seconds: 60 },
  oldJoins: { points: 60, seconds: 60 },
}

/** Counts one more of a kind for somebody, or says when to come again. */
export type Spend = (kind: keyof Rates, who: string) => Effect.Effect<void, Rejected>

export const makeRates = (rates: Rates): Spend => {
  const limiters = Object.fromEntries(
    Object.entries(rates).map(([kind, { points, seconds }]: [string, Rate]) => [
      kind,
      new RateLimiterMemory({ keyPrefix: kind, points, duration: seconds }),
    ]),
  )
  return (kind, who) =>
    Effect.tryPromise({
      try: () => limiters[kind]!.consume(who),
      catch: (no) => reject({ _tag: "RateLimited", retryAfter: Math.ceil((no as RateLimiterRes).msBeforeNext) }),
    }).pipe(Effect.asVoid)
}

/** Under which rate a command is counted. */
export const rateOf = (tag: CommandTag): keyof Rates => (tag === "CreateRoom" || tag === "JoinRoom" ? "joins" : "posts")
