import { randomUUID } from "node:crypto"
import { checkInvariants, type Driver, type Judge, migrate, openLog } from "@roomlog/log"
import { Effect, Result } from "effect"
import type { Figures } from "../bench.ts"
import type { Slice } from "../slices.ts"
import { closedLoop, nothingLost, streamsOf, withDatabase, words } from "./loop.ts"
import { messageTable, storedEvents } from "./tables.ts"
import type { Writing } from "./writer.ts"

/** Through Roomlog's log: everything that it does for a command, with a judge that accepts everything. */
export const throughLog = (writing: Writing, slices: AsyncIterable<Slice>): Promise<Figures> =>
  withDatabase(writing, (driver) => Effect.runPromise(Effect.scoped(appended(writing, slices, driver))))

const appended = Effect.fnUntraced(function* ({ parts }: Writing, slices: AsyncIterable<Slice>, driver: Driver) {
  yield* migrate(driver, "bench", [messageTable])
  const log = yield* openLog({ driver, judge: posting, parts })
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
  const written = yield* Effect.promise(() => closedLoop(slices, streamsOf(parts, log.partOf), send))
  nothingLost(written.acknowledged, yield* Effect.promise(() => storedEvents(driver)))
  const faults = yield* Effect.promise(() => checkInvariants(driver.query))
  if (faults.length > 0) throw new Error(faults.map(({ message }) => message).join("; "))
  return written.figures()
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
