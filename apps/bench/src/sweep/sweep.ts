import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import type { Bench, Case, Figures, Lab, Way } from "../bench.ts"
import { startTeller } from "../fan-out/tellers.ts"
import { telling } from "../fan-out/told.ts"
import { paged } from "../history/paged.ts"
import { bySql, overApi } from "../history/readers.ts"
import { fillHistory } from "../history/seedRooms.ts"
import { type Plan, sliced } from "../slices.ts"
import { newHome, startAt, startRoomlog } from "../systems/roomlog.ts"
import { atHome, makeRooms } from "../systems/seed.ts"
import { converse, type Talk } from "../talk/conversation.ts"

/** How cost grows with what there is more of. */
export const sweep: Bench = {
  name: "sweep",
  work: "What it costs when there are more rooms, more people, more listeners, more history, more nodes",
  plot: "lines",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres({ max_connections: "400" })
    try {
      yield rooms(postgres, lab)
      yield people(postgres, lab)
      yield nodes(postgres, lab)
      yield listeners(postgres, lab)
      yield* messages(postgres, lab)
    } finally {
      await postgres.stop()
    }
  },
}

/** Measures talk on so many nodes. */
const talked = (
  { quick }: Lab,
  postgres: TestPostgres,
  talk: Pick<Talk, "rooms" | "people" | "perSecond">,
  nodes = 1,
): Promise<Figures> =>
  converse(
    () => startRoomlog(postgres, { nodes }),
    { ...talk, speakers: talk.people, others: quick ? 0 : 8_000 },
    quick ? { warmUp: 200, slice: 600, slices: 1 } : { warmUp: 2_000, slice: 5_000, slices: 1 },
  )

/** A case whose ways are counts of the same thing. */
const along = (name: string, counts: ReadonlyArray<number>, run: (count: number) => Promise<Figures>): Case => ({
  name,
  ways: counts.map((count): Way => ({ name: count.toLocaleString("en"), run: () => run(count) })),
  targets: [],
})

const only = async (figures: Promise<Figures>, names: ReadonlyArray<string>): Promise<Figures> => {
  const all = await figures
  return Object.fromEntries(names.map((name) => [name, all[name]!]))
}

const talk = ["server CPU, us a send", "database CPU, us a send", "delivery p99, ms"]

const rooms = (postgres: TestPostgres, lab: Lab): Case =>
  along("rooms of 5 with 100 texts a second in all", lab.quick ? [1, 4] : [1, 10, 100, 400], (count) =>
    only(talked(lab, postgres, { rooms: count, people: 5, perSecond: 100 }), talk),
  )

const people = (postgres: TestPostgres, lab: Lab): Case =>
  along("people of one room with 50 texts a second in all", lab.quick ? [5, 20] : [5, 50, 200, 500], (count) =>
    only(talked(lab, postgres, { rooms: 1, people: count, perSecond: 50 }), talk),
  )

const nodes = (postgres: TestPostgres, lab: Lab): Case =>
  along("nodes, 10 rooms of 6 spread over them, 100 texts a second in all", lab.quick ? [1, 2] : [1, 2, 3], (count) =>
    only(talked(lab, postgres, { rooms: 10, people: 6, perSecond: 100 }, count), talk),
  )

const listeners = (postgres: TestPostgres, lab: Lab): Case =>
  along("listeners of one room, one event after the other", lab.quick ? [10, 50] : [10, 100, 1_000, 3_000], (count) =>
    only(told(count, lab, postgres), ["all CPU, us a delivery", "user CPU, us a delivery"]),
  )

const told = async (listeners: number, { quick }: Lab, postgres: TestPostgres): Promise<Figures> => {
  const way = telling("roomlog", () => startTeller("trpc", postgres), { listeners, together: 1 })
  const plan: Plan = { warmUp: quick ? 200 : 1_500, slice: quick ? 200 : 6_000, slices: 1 }
  return (await sliced([way], plan))[0]!
}

async function* messages(postgres: TestPostgres, lab: Lab): AsyncGenerator<Case> {
  const sizes = lab.quick ? [500, 5_000] : [1_000, 10_000, 100_000, 1_000_000]
  const home = await newHome(postgres)
  try {
    const { token, rooms } = await makeRooms(home, sizes.length)
    await atHome(home, async (driver) => {
      for (const [i, rows] of sizes.entries()) await fillHistory(driver, rooms[i]!, rows)
    })
    const server = await startAt(home)
    const [api, sql] = [await overApi(server.url, token), await bySql(home.databaseUrl!)]
    try {
      const reads = lab.quick ? 30 : 400
      for (const [name, reader] of [["over the API", api] as const, ["by SQL alone", sql] as const])
        yield along(`rows of a room's history, a page from its middle ${name}`, sizes, (rows) =>
          paged(reader, { room: rooms[sizes.indexOf(rows)]!, rows, kind: "middle", reads, seed: lab.seed }),
        )
    } finally {
      await Promise.all([api.close(), sql.close()])
      await server.stop()
    }
  } finally {
    home.leave()
  }
}
