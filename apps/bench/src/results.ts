import { readFileSync } from "node:fs"
import type { Row } from "./bench.ts"

/** What was measured, as `--json` keeps it. */
export interface Results {
  readonly machine: string
  readonly seed: number
  readonly quick: boolean
  /** When it was done, in ISO 8601. */
  readonly at: string
  /** What readers must know. */
  readonly notes: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
}

/** Results that `--json` kept. */
export const readResults = (file: string): Results => JSON.parse(readFileSync(file, "utf8")) as Results

/** Results of several times as one: a bench's rows come from the last that measured it. All must be of one machine. */
export const together = (all: ReadonlyArray<Results>): Results => {
  const machines = new Set(all.map(({ machine }) => machine))
  if (machines.size > 1) throw new Error(`These are results of different machines: ${[...machines].join("; ")}`)
  const newest = new Map(all.flatMap(({ rows }) => [...Map.groupBy(rows, ({ bench }) => bench)]))
  return { ...all.at(-1)!, notes: [...new Set(all.flatMap(({ notes }) => notes))], rows: [...newest.values()].flat() }
}
