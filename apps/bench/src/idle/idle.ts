import { setTimeout as pause } from "node:timers/promises"
import { startPostgres } from "@roomlog/log/testing"
import type { Bench, Figures, Lab } from "../bench.ts"
import { gather } from "../fan-out/crowd.ts"
import { startBare, startTeller, type Teller } from "../fan-out/tellers.ts"
import { memoryOf } from "../systems/cpu.ts"

const memory = "memory, kB a connection"
/** Has servers collect garbage when they are asked to. */
const collecting = { NODE_OPTIONS: `--import ${new URL("../systems/collect.ts", import.meta.url).href}` }

/** What somebody costs who only listens where nothing is said. */
export const idle: Bench = {
  name: "idle",
  work: "Subscribers of one room in which nothing is said: the server's resident memory for each connection",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres()
    const count = lab.quick ? 400 : 5_000
    try {
      yield {
        name: `${count.toLocaleString("en")} subscribers`,
        ways: [
          { name: "roomlog", run: () => idling(() => startTeller("trpc", postgres, collecting), count) },
          { name: "raw ws", run: () => idling(() => startBare("trpc", collecting), count) },
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
const idling = async (start: () => Promise<Teller>, count: number): Promise<Figures> => {
  const teller = await start()
  try {
    const early = await gather({ ...teller.crowd, count: count / 5 })
    const before = await settled(teller.pid)
    const late = await gather({ ...teller.crowd, count: (count * 4) / 5 })
    const after = await settled(teller.pid)
    const heard = [early, late].map(({ until }) => until(teller.first))
    teller.tell(teller.first, 1)
    await Promise.all(heard)
    early.leave()
    late.leave()
    return { [memory]: (after - before) / ((count * 4) / 5) / 1_024, "all of the server, MiB": after / 2 ** 20 }
  } finally {
    await teller.stop()
  }
}

/** Resident memory without garbage, when it has stopped moving: two looks that differ by less than a hundredth. */
const settled = async (pid: number): Promise<number> => {
  let last = Number.POSITIVE_INFINITY
  for (let looks = 0; looks < 10; looks++) {
    process.kill(pid, "SIGUSR2")
    await pause(1_000)
    const now = memoryOf(pid)
    if (Math.abs(now - last) < last / 100) return now
    last = now
  }
  return last
}
