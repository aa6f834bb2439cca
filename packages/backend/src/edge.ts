import { Effect } from "effect"

/** Leaves Effect for a promise, which fails with the Effect's own error. Only edges to promise-based code call this. */
export const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)
