import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { type Bench, type Lab, measurable, type Target } from "../bench.ts"
import { inSlices, type Plan, type Sliced, startWorker } from "../slices.ts"
import type { Writing } from "./writer.ts"

const events = "events, /s"
const targets: ReadonlyArray<Target> = [
  { metric: events, of: "group insert", least: 0.85 },
  { metric: events, of: "one by one", least: 3 },
  { metric: events, of: "emmett", least: 10 },
]

/** The log against the limit of its database, and against what one writes without it. */
export const append: Bench = {
  name: "append",
  work: "256 people append texts of 200 bytes to 50 rooms, each the next one when the last is acknowledged",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres()
    try {
      for (const [engine, server] of [["Postgres", postgres] as const, ["PGlite", undefined] as const])
        for (const parts of lab.quick && !server ? [1] : [1, 8]) {
          const ways = (server ? [...everywhere, "emmett" as const] : everywhere).map((way) =>
            writtenBy(way, { server, parts }),
          )
          const name = `${engine}, ${parts} partition${parts > 1 ? "s" : ""}`
          yield measurable({ name, ...inSlices(ways, lab.quick ? quickly : thoroughly), targets })
        }
    } finally {
      await postgres.stop()
    }
  },
}

const everywhere = ["roomlog", "group insert", "one by one"] as const

const thoroughly: Plan = { warmUp: 3_000, slice: 500, slices: 6 }
const quickly: Plan = { warmUp: 400, slice: 400, slices: 1 }

interface Where extends Pick<Writing, "parts"> {
  readonly server: TestPostgres | undefined
}

/** A way of appending, into a database of its own each time. */
const writtenBy = (way: Writing["way"], { server, parts }: Where): Sliced => ({
  name: way,
  start: async () => {
    const folder = mkdtempSync(join(tmpdir(), "roomlog-bench-"))
    const url = await server?.freshDatabase()
    const writing: Writing = { way, folder, parts, ...(url === undefined ? {} : { url }) }
    return startWorker(new URL("writer.ts", import.meta.url), writing, async () => {
      rmSync(folder, { recursive: true, force: true })
      if (url !== undefined) await server?.dropDatabase(url)
    })
  },
})
