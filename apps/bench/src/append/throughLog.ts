import { randomUUID } from "node:crypto"
import { checkInvariants, type Driver, type Judge, migrate, openLog } from "@roomlog/log"
import { Effect, Result } from "effect"
import type { Figures } from "../bench.ts"
import { closedLoop, nothingLost, withDatabase, words } from "./loop.ts"
import { messageTable, storedEvents } from "./tables.ts"
import type { Writing } from "./writer.ts"

/** Through Roomlog's log: everything that it does for a command, with a judge that accepts everything. */
export const throughLog = (writing: Writing): Promise<Figures> =>
  withDatabase(writing, (driver) => Effect.runPromise(Effect.scoped(written(writing, driver))))

const written = Effect.fnUntraced(function* (writing: Writing, driver: Driver) {
  yield* migrate(driver, "bench", [messageTable])
  const log = yield* openLog({ driver, judge: posting, parts: writing.parts })
  const run = Effect.runPromiseWith(yield* Effect.context<never>())
  const send = (stream: string) =>
    run(
      log.submit({
        stream,
        actor: randomUUID(),
        command: randomUUID(),
        content: { message: randomUUID(), text: words },
      }),
    )
  const { acknowledged, figures } = yield* Effect.promise(() => closedLoop(writing, send))
  nothingLost(acknowledged, yield* Effect.promise(() => storedEvents(driver)))
  const faults = yield* Effect.promise(() => checkInvariants(driver.query))
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join("; "))
  return figures
})

const posting: Judge<{ readonly message: string; readonly text: string }, never> = {
  tables: [{ table: "message", columns: { room: "uuid", seq: "bigint", view: "jsonb" }, key: ["room", "seq"] }],
  batch: () => {
    const rows: Array<ReadonlyArray<unknown>> = []
    return {
      load: async () => undefined,
      judge: ({ stream, content }, { seq }) => {
        rows.push([stream, seq, JSON.stringify(content)])
        return Result.succeed([{ type: "Posted", version: 1, subject: content.message, body: content }])
      },
      rows: () => new Map([["message", { added: rows }]]),
      keep: () => undefined,
    }
  },
  heard: () => undefined,
  lost: () => undefined,
}
