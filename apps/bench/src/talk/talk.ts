import { startPostgres } from "@roomlog/log/testing"
import { type Bench, type Case, type Lab, measurable, type Target } from "../bench.ts"
import type { Plan } from "../slices.ts"
import { startEjabberd, whyNoEjabberd } from "../systems/ejabberd.ts"
import { startNaive } from "../systems/naive.ts"
import { startRoomlog } from "../systems/roomlog.ts"
import type { System } from "../systems/system.ts"
import { converse, type Talk } from "./conversation.ts"

type Shape = Omit<Talk, "others">

const sends = "sends, /s"

/** A bench of one shape of talk, on every system over the same Postgres. */
const talk = (name: string, work: string, shape: Shape, targets: ReadonlyArray<Target>): Bench => ({
  name,
  work,
  cases: async function* (lab: Lab): AsyncGenerator<Case> {
    const postgres = await startPostgres()
    const way = (of: string, start: () => Promise<System>) => ({
      name: of,
      run: () => converse(start, { ...shape, others: lab.quick ? 200 : 15_000 }, planOf(shape, lab)),
    })
    try {
      const ways = [way("roomlog", () => startRoomlog(postgres)), way("naive", () => startNaive(postgres))]
      if (shape.people === 1) ways.push(way("naive with our driver", () => startNaive(postgres, "mended")))
      const missing = whyNoEjabberd()
      if (missing === undefined) ways.push(way("ejabberd", () => startEjabberd(postgres)))
      else lab.note(`${name}: without ejabberd, because ${missing}`)
      yield measurable({ name: "Postgres", ways, targets })
    } finally {
      await postgres.stop()
    }
  },
})

/** In one slice each: a server that rests between its slices has another p99 than one that goes on. */
const planOf = ({ perSecond }: Shape, { quick }: Lab): Plan => {
  if (quick) return { warmUp: 200, slice: 1_000, slices: 1 }
  // A hundred texts a second are few for a p99.
  return { warmUp: 2_000, slice: perSecond === undefined ? 15_000 : 25_000, slices: 1 }
}

export const talks: ReadonlyArray<Bench> = [
  talk("talk-1", "One person in one room, from sending to the own echo", { rooms: 1, people: 1, speakers: 1 }, [
    { metric: sends, of: "naive", least: 0.9 },
    { metric: sends, of: "ejabberd", least: 1.5 },
  ]),
  talk(
    "talk-10x5",
    "10 rooms of 5, everybody sends again as soon as the own text is heard",
    { rooms: 10, people: 5, speakers: 5 },
    [
      { metric: sends, of: "naive", least: 2 },
      { metric: sends, of: "ejabberd", least: 6 },
      { metric: "echo p99, ms", of: "naive", most: 0.7 },
    ],
  ),
  talk(
    "talk-1x50",
    "1 room of 50, everybody sends again as soon as the own text is heard",
    { rooms: 1, people: 50, speakers: 50 },
    [
      { metric: sends, of: "naive", least: 6 },
      { metric: sends, of: "ejabberd", least: 20 },
    ],
  ),
  talk("paced", "100 texts a second into 10 rooms of 5", { rooms: 10, people: 5, speakers: 5, perSecond: 100 }, [
    { metric: "delivery p99, ms", of: "naive", most: 1 },
    { metric: "delivery p99, ms", most: 5 },
    { metric: "server CPU, us a send", of: "naive", most: 1.1 },
  ]),
]
