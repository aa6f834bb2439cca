import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { type Bench, type Figures, type Lab, measurable, type Target, type Way } from "../bench.ts"
import { asked } from "../systems/child.ts"
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
            writtenBy(way, { server, parts, seconds: lab.quick ? 0.4 : 3 }),
          )
          yield measurable({ name: `${engine}, ${parts} partition${parts > 1 ? "s" : ""}`, ways, targets })
        }
    } finally {
      await postgres.stop()
    }
  },
}

const everywhere = ["roomlog", "group insert", "one by one"] as const

interface Where extends Pick<Writing, "parts" | "seconds"> {
  readonly server: TestPostgres | undefined
}

/** A way of appending, into a database of its own each time. */
const writtenBy = (way: Writing["way"], { server, parts, seconds }: Where): Way => ({
  name: way,
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "roomlog-bench-"))
    const url = await server?.freshDatabase()
    const writing: Writing = { way, folder, parts, seconds, ...(url === undefined ? {} : { url }) }
    try {
      return await asked<Figures>(new URL("writer.ts", import.meta.url), writing)
    } finally {
      rmSync(folder, { recursive: true, force: true })
      if (url !== undefined) await server?.dropDatabase(url)
    }
  },
})
