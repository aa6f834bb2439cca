import { Rejected } from "@roomlog/backend"
import type { RejectionTag } from "@roomlog/schemas"
import { Effect } from "effect"

/** Does something else when it is refused for this reason. */
export const onRefusal =
  <B, E2>(tag: RejectionTag, otherwise: (no: Rejected) => Effect.Effect<B, E2>) =>
  <A, E>(work: Effect.Effect<A, E>): Effect.Effect<A | B, E | E2> =>
    Effect.catch(
      work,
      (cause): Effect.Effect<B, E | E2> =>
        cause instanceof Rejected && cause.rejection._tag === tag ? otherwise(cause) : Effect.fail(cause),
    )
