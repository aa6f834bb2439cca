import { type Driver, logMigrations, migrate } from "@roomlog/log"
import { Effect } from "effect"

/** The read model that is written together with the events. */
export const messageTable = {
  name: "0001-message",
  sql: "create table message (room uuid not null, seq bigint not null, view jsonb not null, primary key (room, seq))",
}

/** Makes the log's own tables, with all their indexes, and the read model. */
export const makeTables = async (driver: Driver, parts: number): Promise<void> => {
  await Effect.runPromise(migrate(driver, "log", logMigrations))
  await Effect.runPromise(migrate(driver, "bench", [messageTable]))
  await driver.query("insert into log_head (part, pos) select part, 0 from generate_series(0, $1::int - 1) as part", [
    parts,
  ])
}

/** How many events stand in the log's table. */
export const storedEvents = async ({ query }: Driver): Promise<number> =>
  (await query<{ readonly n: number }>("select count(*)::int as n from event"))[0]!.n
