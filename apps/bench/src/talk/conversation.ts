import type { Figures } from "../bench.ts"
import { type Plan, type Sliced, sliced, startWorker, type Worker } from "../slices.ts"
import { cpuOf } from "../systems/cpu.ts"
import type { System } from "../systems/system.ts"

/** Who talks, where and how. */
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
}

/** What is talked, on whatever system. */
export interface Talk extends Omit<Conversation, "dialect" | "urls"> {
  /** Milliseconds in which 50 others say before what they can: a server that has just started still compiles what it does. */
  readonly others: number
}

/** What the talkers count beside what is shown. */
export const counted = { said: "said in all", sends: "said while it was measured" }

/** People who talk on a system that is started for them, slice after slice. All that is said must be heard, and stand there. */
const talking = (name: string, start: () => Promise<System>, { others, ...talk }: Talk): Sliced => ({
  name,
  start: async () => {
    const system = await start()
    const there = { dialect: system.dialect, urls: nodesOf(system).map(({ url }) => url) }
    try {
      const before = others > 0 ? await saidBefore(seat({ ...there, ...crowd }), others) : 0
      return overheard(seat({ ...there, ...talk }), system, before)
    } catch (cause) {
      await system.stop()
      throw cause
    }
  },
})

/** The same by itself, once. */
export const converse = async (start: () => Promise<System>, talk: Talk, plan: Plan): Promise<Figures> =>
  (await sliced([talking("talk", start, talk)], plan))[0]!

const overheard = (talkers: Worker, system: System, saidBefore: number): Worker => {
  const spent = { server: 0, database: 0 }
  const now = () => ({
    server: nodesOf(system).reduce((sum, { pid }) => sum + cpuOf(pid), 0),
    database: system.databaseCpu(),
  })
  return {
    work: async (order) => {
      const began = now()
      await talkers.work(order)
      if (!order.isMeasured) return
      const ended = now()
      spent.server += ended.server - began.server
      spent.database += ended.database - began.database
    },
    end: async () => {
      const { [counted.said]: said = 0, [counted.sends]: sends = 0, ...figures } = await talkers.end()
      const stored = await system.stored()
      if (stored !== saidBefore + said) throw new Error(`${saidBefore + said} texts were said, ${stored} are stored`)
      return {
        ...figures,
        "server CPU, us a send": spent.server / sends,
        "database CPU, us a send": spent.database / sends,
      }
    },
    leave: async () => {
      await talkers.leave()
      await system.stop()
    },
  }
}

const crowd = { rooms: 10, people: 5, speakers: 5, firstRoom: 1_000 }

const saidBefore = async (talkers: Worker, milliseconds: number): Promise<number> => {
  try {
    await talkers.work({ milliseconds, isMeasured: false })
    return (await talkers.end())[counted.said]!
  } finally {
    await talkers.leave()
  }
}

const seat = (talk: Conversation): Worker =>
  startWorker(new URL("talkers.ts", import.meta.url), talk, () => Promise.resolve())

const nodesOf = ({ url, pid, others = [] }: System) => [{ url, pid }, ...others]
