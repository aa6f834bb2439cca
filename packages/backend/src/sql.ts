import { DatabaseError, type Query } from "@roomlog/log"
import { Effect } from "effect"

/** Runs a read-model query inside an Effect, with its failure as a typed error. */
export const sql =
  (query: Query) =>
  <Row extends object>(text: string, params: ReadonlyArray<unknown> = []) =>
    Effect.tryPromise({
      try: () => query<Row>(text, params),
      catch: (cause) =>
        cause instanceof DatabaseError ? cause : new DatabaseError({ code: "unknown", message: String(cause), cause }),
    })

/** A query function bound to a database. */
export type Sql = ReturnType<typeof sql>
