import { DatabaseError, type Query } from "@roomlog/log"
import { Effect } from "effect"

/** Runs a read-model query inside an Effect, with its failure as a typed error. */
export const sql =
  (query: Query) =>
  <Row extends object>(text: string, params: ReadonlyArray<unknown> = []) =>
    fromDatabase(() => query<Row>(text, params))

/** Waits for work on the database inside an Effect. */
export const fromDatabase = <A>(work: () => Promise<A>): Effect.Effect<A, DatabaseError> =>
  Effect.tryPromise({
    try: work,
    catch: (cause) =>
      cause instanceof DatabaseError ? cause : new DatabaseError({ code: "unknown", message: String(cause), cause }),
  })

/** A query function bound to a database. */
export type Sql = ReturnType<typeof sql>
