import { alone, type Carrier } from "@roomlog/log"
import type { CommandTag } from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible"
import { hearAs, inMessages } from "./gossip.ts"
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

/**
 * Counts on this node and tells the others what was spent, who count it too: somebody who spreads calls over the nodes
 * is held to the limit, but for what fits into the time that telling takes. Rare things (up to one a second) are told
 * at once, frequent ones every 50 ms; a lost message is not made good.
 */
export const makeRates = (rates: Rates, carrier: Carrier = alone): Spend => {
  const limiters = new Map(
    Object.entries(rates).map(([kind, { points, seconds }]: [string, Rate]) => [
      kind,
      new RateLimiterMemory({ keyPrefix: kind, points, duration: seconds }),
    ]),
  )
  const tell = carrier === alone ? () => undefined : gossip(rates, carrier)
  hearAs(carrier, topic, (spent) => {
    for (const [kind, who, points] of spent) void limiters.get(kind)?.penalty(who, points)
  })
  return (kind, who) =>
    Effect.tryPromise({
      try: () => limiters.get(kind)!.consume(who),
      catch: (no) => reject({ _tag: "RateLimited", retryAfter: Math.ceil((no as RateLimiterRes).msBeforeNext) }),
    }).pipe(Effect.andThen(Effect.sync(() => tell(kind, who))))
}

/** Adds up what was spent until it is told. */
const gossip = (rates: Rates, carrier: Carrier) => {
  let spent = new Map<string, { readonly kind: keyof Rates; readonly who: string; points: number }>()
  let timer: NodeJS.Timeout | undefined
  let isUrgent = false
  const send = (): void => {
    timer = undefined
    isUrgent = false
    const all = [...spent.values()].map(({ kind, who, points }) => [kind, who, points] as const)
    spent = new Map()
    for (const some of inMessages(all)) carrier.tell(topic.name, JSON.stringify(some))
  }
  return (kind: keyof Rates, who: string): void => {
    const key = `${kind}/${who}`
    const one = spent.get(key) ?? { kind, who, points: 0 }
    spent.set(key, one)
    one.points += 1
    const isRare = rates[kind].points <= rates[kind].seconds
    if (timer !== undefined && (isUrgent || !isRare)) return
    clearTimeout(timer)
    isUrgent = isRare
    timer = setTimeout(send, isRare ? 0 : pause).unref()
  }
}

/** Milliseconds in which frequent things gather. */
const pause = 50

const Points = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))
const topic = {
  name: "rates",
  /** Kind, who, how many. */
  words: Schema.Array(Schema.Tuple([Schema.String, Schema.String.check(Schema.isMaxLength(200)), Points])),
}

/** Under which rate a command is counted. */
export const rateOf = (tag: CommandTag): keyof Rates => (tag === "CreateRoom" || tag === "JoinRoom" ? "joins" : "posts")
