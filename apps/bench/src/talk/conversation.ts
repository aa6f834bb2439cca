import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Figures } from "../bench.ts"
import { percentile } from "../stats.ts"
import { cpuOf } from "../systems/cpu.ts"
import { endsWithUs } from "../systems/endsWithUs.ts"
import type { System } from "../systems/system.ts"

/** Who talks, how, and for how long. */
export interface Conversation {
  readonly dialect: string
  /** Of the nodes; the people of a room are spread over them. */
  readonly urls: ReadonlyArray<string>
  readonly rooms: number
  /** Number of the first room. */
  readonly firstRoom?: number
  /** In each room. */
  readonly people: number
  /** How many of a room's people talk. */
  readonly speakers: number
  /** Texts a second of all together; without it everybody goes on as soon as the own text was heard. */
  readonly perSecond?: number
  /** In seconds. */
  readonly warmUp: number
  readonly seconds: number
}

/** What the talkers measured. */
export interface Heard {
  /** Said while it was measured. */
  readonly sends: number
  readonly seconds: number
  /** Said in all. */
  readonly said: number
  /** Milliseconds until the own text was heard. */
  readonly echoes: ReadonlyArray<number>
  /** Milliseconds until somebody heard a text; only when paced. */
  readonly deliveries: ReadonlyArray<number>
}

/**
 * Lets people talk on a system that is started for it, and holds it to what they said. Before them, so many seconds
 * long, 50 others say as much as they can: a server that has just started is still compiling what it does.
 */
export const converse = async (
  start: () => Promise<System>,
  { others, ...talk }: Omit<Conversation, "urls" | "dialect"> & { readonly others: number },
): Promise<Figures> => {
  const system = await start()
  try {
    const urls = nodesOf(system).map(({ url }) => url)
    const there = { dialect: system.dialect, urls }
    const before = others > 0 ? await talked({ ...there, ...crowd, warmUp: 0, seconds: others }, system) : silence
    const { heard, cpu } = await talked({ ...there, ...talk }, system)
    const [said, stored] = [before.heard.said + heard.said, await system.stored()]
    if (stored !== said) throw new Error(`${said} texts were said, ${stored} are stored`)
    return {
      "sends, /s": heard.sends / heard.seconds,
      "echo p50, ms": percentile(heard.echoes, 0.5),
      "echo p99, ms": percentile(heard.echoes, 0.99),
      ...(talk.perSecond === undefined
        ? {}
        : {
            "delivery p50, ms": percentile(heard.deliveries, 0.5),
            "delivery p99, ms": percentile(heard.deliveries, 0.99),
          }),
      "server CPU, us a send": cpu.server / heard.sends,
      "database CPU, us a send": cpu.database / heard.sends,
    }
  } finally {
    await system.stop()
  }
}

const silence = { heard: { said: 0 } }
const crowd = { rooms: 10, people: 5, speakers: 5, firstRoom: 1_000 }

const nodesOf = ({ url, pid, others = [] }: System) => [{ url, pid }, ...others]

const talked = (talk: Conversation, system: System) =>
  new Promise<{ readonly heard: Heard; readonly cpu: { readonly server: number; readonly database: number } }>(
    (resolve, reject) => {
      const child = endsWithUs(fork(fileURLToPath(new URL("talkers.ts", import.meta.url)), [JSON.stringify(talk)]))
      const serverCpu = () => nodesOf(system).reduce((sum, { pid }) => sum + cpuOf(pid), 0)
      const now = () => ({ server: serverCpu(), database: system.databaseCpu() })
      let [begun, ended] = [now(), now()]
      child.on("message", (said: "seated" | "begins" | "ends" | Heard) => {
        if (said === "seated") child.send("go")
        else if (said === "begins") begun = now()
        else if (said === "ends") ended = now()
        else
          resolve({
            heard: said,
            cpu: { server: ended.server - begun.server, database: ended.database - begun.database },
          })
      })
      child.once("exit", (code) => {
        if (code !== 0) reject(new Error("the talkers failed; what went wrong stands above"))
      })
    },
  )
