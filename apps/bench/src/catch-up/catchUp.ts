import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import type { Bench, Case, Figures, Lab } from "../bench.ts"
import { asked } from "../systems/child.ts"
import { newHome, startAt } from "../systems/roomlog.ts"
import { seed } from "../systems/seed.ts"
import type { Return, Returned } from "./words.ts"

/** Pages and connections that the server reads backlogs with (`feed/backlog.ts`, DATABASE_CONNECTIONS). */
const [page, connections] = [500, 6]

/** Rooms that are read first, by somebody else each. */
const warming = 20

const rate = "events, /s"
const took = "all of them, s"

/** A storm of returning clients, as after a network was away: everybody asks at once for what they missed. */
export const catchUp: Bench = {
  name: "catch-up",
  work: "Clients that were away ask at once for what they missed, from a server that has not read those rooms since it was started",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres()
    try {
      yield* lab.quick
        ? returning(postgres, { clients: 20, rooms: 1, missed: 200 })
        : returning(postgres, { clients: 200, rooms: 1, missed: 1_000 })
      yield* lab.quick
        ? returning(postgres, { clients: 50, rooms: 50, missed: 100 })
        : returning(postgres, { clients: 1_000, rooms: 1_000, missed: 500 })
    } finally {
      await postgres.stop()
    }
  },
}

interface Storm {
  readonly clients: number
  readonly rooms: number
  readonly missed: number
}

async function* returning(postgres: TestPostgres, { clients, rooms, missed }: Storm): AsyncGenerator<Case> {
  const home = await newHome(postgres)
  try {
    const { token, rooms: all } = await seed(home, rooms + warming, missed)
    const [warm, ids] = [all.slice(0, warming), all.slice(warming)]
    const storm = {
      token,
      missed,
      warm,
      page,
      connections,
      rooms: Array.from({ length: clients }, (_, i) => ids[i % rooms]!),
    }
    yield {
      name: `${clients} clients, ${missed} events each of ${rooms === 1 ? "one room" : "different rooms"}`,
      ways: [
        {
          name: "roomlog",
          run: async () => {
            const server = await startAt(home)
            try {
              return await measured("returning.ts", { ...storm, url: server.url })
            } finally {
              await server.stop()
            }
          },
        },
        { name: "SQL alone", run: () => measured("pages.ts", { ...storm, url: home.databaseUrl! }) },
      ],
      targets: [
        { metric: rate, of: "SQL alone", least: 1.5 },
        { metric: took, most: 5 },
      ],
    }
  } finally {
    home.leave()
  }
}

const measured = async (file: string, storm: Return): Promise<Figures> => {
  const returned = await asked<Returned>(new URL(file, import.meta.url), storm)
  return { [rate]: (storm.rooms.length * storm.missed) / (returned.took / 1_000), [took]: returned.took / 1_000 }
}
