import { type Driver, openPglite, openPostgres, type Query } from "@roomlog/log"
import { Effect, type Scope } from "effect"

/** Looks into a Postgres, past every node and every proxy. */
export const lookingInto = <A>(url: string, look: (query: Query) => Promise<A>): Promise<A> =>
  looking(openPostgres({ url, connections: 1 }), look)

/** Looks into an embedded database that nobody has open. */
export const lookingIntoFolder = <A>(folder: string, look: (query: Query) => Promise<A>): Promise<A> =>
  looking(openPglite({ folder }), look)

const looking = <A>(
  open: Effect.Effect<Driver, unknown, Scope.Scope>,
  look: (query: Query) => Promise<A>,
): Promise<A> =>
  open.pipe(
    Effect.andThen(({ query }) => Effect.promise(() => look(query))),
    Effect.scoped,
    Effect.runPromise,
  )
