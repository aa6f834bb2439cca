import { Effect } from "effect"
import type { DatabaseError, Query } from "./contract.ts"
import { databaseError } from "./driver.ts"

/** What all nodes of one log share under this name: the value that the first of them gave, for ever. */
export const agreed = (query: Query, name: string, value: string): Effect.Effect<string, DatabaseError> =>
  Effect.tryPromise({
    try: async () => {
      await query("insert into agreed (name, value) values ($1, $2) on conflict do nothing", [name, value])
      const [first] = await query<{ readonly value: string }>("select value from agreed where name = $1", [name])
      return first!.value
    },
    catch: databaseError,
  })

/** Gives all nodes another value. Run it while they are stopped. */
export const agreeAnew = async (query: Query, name: string, value: string): Promise<void> => {
  await query("insert into agreed (name, value) values ($1, $2) on conflict (name) do update set value = $2", [
    name,
    value,
  ])
}
