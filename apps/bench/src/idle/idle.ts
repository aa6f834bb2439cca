import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { startPostgres } from "@roomlog/log/testing"
import type { Bench, Figures, Lab } from "../bench.ts"
import { gather } from "../fan-out/crowd.ts"
import { type Settings, startBare, startTeller, type Teller } from "../fan-out/tellers.ts"
import { memoryOf } from "../systems/cpu.ts"

const memory = "memory, kB a connection"
/** Has servers collect garbage when they are asked to, and say in a file what room is left in their heap. */
const collecting = (file: string): Settings => ({
  NODE_OPTIONS: `--import ${new URL("../systems/collect.ts", import.meta.url).href}`,
  BENCH_ROOM: file,
})

/** What somebody costs who only listens where nothing is said. */
export const idle: Bench = {
  name: "idle",
  work: "Subscribers of one room in which nothing is said: the server's memory for each connection",
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
 * The first fifth of the crowd only lets the server grow to its working size; what the others add is measured, and
 * everybody must hear what is said in the end.
 */
const idling = async (start: (settings: Settings) => Promise<Teller>, count: number): Promise<Figures> => {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-bench-"))
  const room = join(folder, "room")
  const teller = await start(collecting(room))
  try {
    const early = await gather({ ...teller.crowd, count: count / 5 })
    const before = await settled(teller.pid, room)
    const late = await gather({ ...teller.crowd, count: (count * 4) / 5 })
    const after = await settled(teller.pid, room)
    const heard = [early, late].map(({ until }) => until(teller.first))
    teller.tell(teller.first, 1)
    await Promise.all(heard)
    early.leave()
    late.leave()
    return { [memory]: (after - before) / ((count * 4) / 5) / 1_024, "resident, MiB": memoryOf(teller.pid) / 2 ** 20 }
  } finally {
    await teller.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Resident memory that something is in, when it has stopped moving: two looks that differ by less than a hundredth. V8 keeps
 * now more and now less empty room in its heap: with it, the same connections took 7 to 16 kB each.
 */
const settled = async (pid: number, room: string): Promise<number> => {
  let last = Number.POSITIVE_INFINITY
  for (let looks = 0; looks < 10; looks++) {
    process.kill(pid, "SIGUSR2")
    await pause(1_000)
    const now = memoryOf(pid) - Number(readFileSync(room, "utf8"))
    if (Math.abs(now - last) < last / 100) return now
    last = now
  }
  return last
}
