import { type Actor, type Backend, type Rejected, Warm } from "@roomlog/backend"
import { Effect } from "effect"
import { onRefusal } from "../onRefusal.ts"

/** Milliseconds for which a guest may speak on without counting as somebody new. */
const known = 10 * 60_000
const mostKnown = 10_000

/** Lets people without a session speak under a name for one request. New names of an address are counted. */
export const makeGuests = ({ identity, spend, now }: Pick<Backend, "identity" | "spend" | "now">) => {
  const lately = new Warm<number>(mostKnown)

  const admit = Effect.fnUntraced(function* (name: string, address: string) {
    const key = `${address} ${name}`
    if ((lately.get(key) ?? 0) < now()) yield* spend("oldJoins", address)
    lately.set(key, now() + known)
  })

  const speakingAs = <A, E>(name: string, address: string, work: (actor: Actor) => Effect.Effect<A, E>) =>
    admit(name, address).pipe(
      Effect.andThen(
        Effect.acquireUseRelease(
          identity.speakAs(name),
          ({ actor }) => work(actor),
          ({ leave }) => Effect.sync(leave),
        ),
      ),
    )

  return {
    /** Does something as the guest of this name, who holds it meanwhile. Refused when it is reserved or held. */
    speakingAs,
    /** The same for somebody who gave no name: as "Guest", or what is free of the kind. */
    speakingAsAnybody: <A, E>(address: string, work: (actor: Actor) => Effect.Effect<A, E>) =>
      speakingAs("Guest", address, work).pipe(
        onRefusal("NameInUse", (no) => speakingAs(suggestionOf(no), address, work)),
      ),
  }
}

export type Guests = ReturnType<typeof makeGuests>

const suggestionOf = ({ rejection }: Rejected): string =>
  rejection._tag === "NameInUse" ? rejection.suggestion : "Guest"
