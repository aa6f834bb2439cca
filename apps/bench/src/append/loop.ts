import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { type Driver, openPglite, openPostgres } from "@roomlog/log"
import { Effect } from "effect"
import type { Figures } from "../bench.ts"
import type { Slice } from "../slices.ts"
import { percentile } from "../stats.ts"
import type { Writing } from "./writer.ts"

/** How many people write, each the next text when the last one is acknowledged. */
export const writers = 256
/** What everybody says, 200 bytes. */
export const words = "x".repeat(200)

/** The rooms' streams: where they have partitions, as many in each. */
export const streamsOf = (parts = 1, partOf: (stream: string) => number = () => 0): ReadonlyArray<string> =>
  Array.from({ length: 50 }, (_, i) => {
    for (;;) {
      const stream = randomUUID()
      if (partOf(stream) === i % parts) return stream
    }
  })

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

/** What was written, and how long it took where that is measured: from the start of a slice to the last acknowledgement. */
export class Written {
  acknowledged = 0
  #measured = 0
  #milliseconds = 0
  readonly #waits: Array<number> = []

  /** Has so many writers write again and again; each write ends when `size` texts are acknowledged. */
  async during({ ends, isMeasured }: Slice, writers: ReadonlyArray<() => Promise<unknown>>, size = 1): Promise<void> {
    const began = performance.now()
    const before = this.acknowledged
    const writing = async (write: () => Promise<unknown>) => {
      for (let asked = performance.now(); asked < ends; asked = performance.now()) {
        await write()
        this.acknowledged += size
        if (isMeasured) this.#waits.push(performance.now() - asked)
      }
    }
    await Promise.all(writers.map(writing))
    if (!isMeasured) return
    this.#measured += this.acknowledged - before
    this.#milliseconds += performance.now() - began
  }

  figures(): Figures {
    return {
      "events, /s": (this.#measured / this.#milliseconds) * 1_000,
      "p50, ms": percentile(this.#waits, 0.5),
      "p99, ms": percentile(this.#waits, 0.99),
    }
  }
}

/** Lets everybody write in each slice, in these rooms. `send` says one text in a room and ends when that is acknowledged. */
export const closedLoop = async (
  slices: AsyncIterable<Slice>,
  streams: ReadonlyArray<string>,
  send: (stream: string) => Promise<unknown>,
): Promise<Written> => {
  const written = new Written()
  const all = Array.from({ length: writers }, (_, i) => () => send(streams[i % streams.length]!))
  for await (const slice of slices) await written.during(slice, all)
  return written
}

/** Throws unless as many stand in the database as were acknowledged. */
export const nothingLost = (acknowledged: number, stored: number | undefined): void => {
  if (stored !== acknowledged) throw new Error(`${acknowledged} were acknowledged, ${stored} are stored`)
}
