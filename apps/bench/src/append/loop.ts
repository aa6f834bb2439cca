import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { type Driver, openPglite, openPostgres } from "@roomlog/log"
import { Effect } from "effect"
import type { Figures } from "../bench.ts"
import { percentile } from "../stats.ts"
import type { Writing } from "./writer.ts"

/** How many people write, each the next text when the last one is acknowledged. */
export const writers = 256
/** What everybody says, 200 bytes. */
export const words = "x".repeat(200)

const rooms = 50
export const streams: ReadonlyArray<string> = Array.from({ length: rooms }, () => randomUUID())

/** Does something with the database that is asked for, and closes it. */
export const withDatabase = <A>({ url, folder }: Writing, work: (driver: Driver) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(
        url === undefined ? openPglite({ folder: join(folder, "db") }) : openPostgres({ url, connections: 8 }),
        (driver) => Effect.promise(() => work(driver)),
      ),
    ),
  )

/** When measuring begins and ends, in milliseconds of `performance.now()`: the first half of the work warms up. */
export const measuredFrom = ({ seconds }: Writing): { readonly began: number; readonly ends: number } => {
  const began = performance.now() + seconds * 1_000
  return { began, ends: began + seconds * 1_000 }
}

/** Lets everybody write for a while. `send` says one text in a room and ends when that is acknowledged. */
export const closedLoop = async (
  writing: Writing,
  send: (stream: string) => Promise<unknown>,
): Promise<{ readonly acknowledged: number; readonly figures: Figures }> => {
  const waits: Array<number> = []
  let acknowledged = 0
  const { began, ends } = measuredFrom(writing)
  const writer = async (i: number) => {
    for (let asked = performance.now(); asked < ends; asked = performance.now()) {
      await send(streams[i % rooms]!)
      acknowledged += 1
      if (asked >= began) waits.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, i) => writer(i)))
  return { acknowledged, figures: figuresOf(waits, (performance.now() - began) / 1_000) }
}

/** What was measured, from the milliseconds that each acknowledged text took. */
export const figuresOf = (waits: ReadonlyArray<number>, seconds: number): Figures => ({
  "events, /s": waits.length / seconds,
  "p50, ms": percentile(waits, 0.5),
  "p99, ms": percentile(waits, 0.99),
})

/** Throws unless as many stand in the database as were acknowledged. */
export const nothingLost = (acknowledged: number, stored: number | undefined): void => {
  if (stored !== acknowledged) throw new Error(`${acknowledged} were acknowledged, ${stored} are stored`)
}
