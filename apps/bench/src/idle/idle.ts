import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { startPostgres } from "@roomlog/log/testing"
import type { Bench, Figures, Lab } from "../bench.ts"
import { type Gathered, gather } from "../fan-out/crowd.ts"
import { type Settings, startBare, startTeller, type Teller } from "../fan-out/tellers.ts"
import { median } from "../stats.ts"
import { memoryOf } from "../systems/cpu.ts"

const memory = "memory, kB a connection"
/** Has servers collect garbage when they are asked to, and say in a file how much memory is in use then. */
const collecting = (file: string): Settings => ({
  NODE_OPTIONS: `--import ${new URL("../systems/collect.ts", import.meta.url).href}`,
  BENCH_MEMORY: file,
})

/** What somebody costs who only listens where nothing is said. */
export const idle: Bench = {
  name: "idle",
  work: "Subscribers of one room in which nothing is said: what the server's memory holds for each connection",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres()
    const count = lab.quick ? 400 : 5_000
    try {
      yield {
        name: `${count.toLocaleString("en")} subscribers`,
        ways: [
          { name: "roomlog", run: () => idling((settings) => startTeller("trpc", postgres, settings), count) },
          { name: "raw ws", run: () => idling((settings) => startBare("trpc", settings), count) },
        ],
        targets: [{ metric: memory, of: "raw ws", most: 2.4 }],
      }
    } finally {
      await postgres.stop()
    }
  },
}

/**
 * The crowd comes in five rows. The first only lets the server grow to its working size; of what each other one adds the
 * median counts, as a server may let go of something else meanwhile. Everybody must hear what is said in the end.
 */
const idling = async (start: (settings: Settings) => Promise<Teller>, count: number): Promise<Figures> => {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-bench-"))
  const file = join(folder, "memory")
  const teller = await start(collecting(file))
  try {
    const rows: Array<Gathered> = []
    const inUse: Array<number> = []
    for (let row = 0; row < 5; row++) {
      rows.push(await gather({ ...teller.crowd, count: count / 5 }))
      inUse.push(await settled(teller.pid, file))
    }
    const added = inUse.slice(1).map((bytes, i) => bytes - inUse[i]!)
    const heard = rows.map(({ until }) => until(teller.first))
    teller.tell(teller.first, 1)
    await Promise.all(heard)
    for (const { leave } of rows) leave()
    return { [memory]: median(added) / (count / 5) / 1_024, "resident, MiB": memoryOf(teller.pid) / 2 ** 20 }
  } finally {
    await teller.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Bytes in use when they have stopped moving: two looks that differ by less than a thousandth. */
const settled = async (pid: number, file: string): Promise<number> => {
  let last = Number.POSITIVE_INFINITY
  for (let looks = 0; looks < 10; looks++) {
    rmSync(file, { force: true })
    process.kill(pid, "SIGUSR2")
    while (!existsSync(file)) {
      // Throws when the server is gone.
      process.kill(pid, 0)
      await pause(50)
    }
    const now = Number(readFileSync(file, "utf8"))
    if (Math.abs(now - last) < last / 1_000) return now
    last = now
    await pause(500)
  }
  return last
}
