import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { startPostgres } from "@roomlog/log/testing"
import type { Bench, Figures, Lab } from "../bench.ts"
import { asked } from "../systems/child.ts"
import { type Home, newHome, program } from "../systems/roomlog.ts"
import { seed } from "../systems/seed.ts"

const events = "events, /s"
const rooms = 20

/** How fast all read models are made anew from the log, by the fold that clients use. */
export const rebuild: Bench = {
  name: "rebuild",
  work: "`roomlog rebuild --verify` of a log of posted messages, until its tables are complete, and one insert ... select of the history alone",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres()
    const count = lab.quick ? 4_000 : 1_000_000
    try {
      for (const [engine, server] of [["Postgres", postgres] as const, ["PGlite", undefined] as const]) {
        const home = await newHome(server)
        try {
          lab.progress(`rebuild: filling ${engine} with ${count.toLocaleString("en")} events`)
          await seed(home, rooms, count / rooms)
          yield {
            name: `${engine}, ${count.toLocaleString("en")} events`,
            ways: [
              { name: "roomlog", run: () => rebuilt(home, count) },
              { name: "insert ... select", run: () => inserted(home) },
            ],
            targets: [{ metric: events, of: "insert ... select", least: 0.35 }],
          }
        } finally {
          home.leave()
        }
      }
    } finally {
      await postgres.stop()
    }
  },
}

/** Throws when it is not what posting had made, or not of as many events. */
const rebuilt = async ({ folder, databaseUrl }: Home, count: number): Promise<Figures> => {
  const place = databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }
  const { stdout } = await promisify(execFile)(process.execPath, [program, "rebuild", "--verify"], {
    env: { ...process.env, DATA_DIR: folder, ...place },
  })
  const told = /^([\d,]+) events folded in .* \(([\d,]+) a second\)/m.exec(stdout)
  const [folded, perSecond] = [number(told?.[1]), number(told?.[2])]
  if (folded !== count + 2 * rooms || stdout.includes("DIFFERENT")) throw new Error(stdout)
  return { [events]: perSecond }
}

const inserted = async (home: Home): Promise<Figures> => {
  const { perSecond } = await asked<{ perSecond: number }>(new URL("insertSelect.ts", import.meta.url), home)
  return { [events]: perSecond }
}

const number = (text = ""): number => Number(text.replaceAll(",", ""))
