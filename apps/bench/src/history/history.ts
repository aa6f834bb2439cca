import { startPostgres } from "@roomlog/log/testing"
import type { Bench, Case, Lab, Way } from "../bench.ts"
import { newHome, startAt } from "../systems/roomlog.ts"
import { atHome, makeRooms } from "../systems/seed.ts"
import { type Kind, kinds, p50, paged } from "./paged.ts"
import { bySql, overApi, type Reader } from "./readers.ts"
import { fillHistory } from "./seedRooms.ts"

/** What a page of history costs, and that it does not matter how long the history is. */
export const history: Bench = {
  name: "history",
  work: "A page of 50 of a room's history, one after the other, over the API and by SQL alone",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres()
    const home = await newHome(postgres)
    const sizes = lab.quick ? [500, 5_000, 20_000] : [1_000, 100_000, 10_000_000]
    try {
      const { token, rooms } = await makeRooms(home, sizes.length)
      await atHome(home, async (driver) => {
        for (const [i, rows] of sizes.entries()) {
          lab.progress(`history: filling a room with ${rows.toLocaleString("en")} rows`)
          await fillHistory(driver, rooms[i]!, rows)
        }
      })
      const server = await startAt(home)
      const [api, sql] = [await overApi(server.url, token), await bySql(home.databaseUrl!)]
      const reads = lab.quick ? 60 : 500
      const way = (name: string, reader: Reader, size: number, kind: Kind): Way => ({
        name,
        run: () => paged(reader, { room: rooms[sizes.indexOf(size)]!, rows: size, kind, reads, seed: lab.seed }),
      })
      try {
        lab.progress("history: warming up")
        for (const kind of kinds) for (const reader of [api, sql]) await way("warm up", reader, sizes[0]!, kind).run()
        for (const size of sizes)
          for (const kind of kinds)
            yield {
              name: `${size.toLocaleString("en")} rows, ${kind}`,
              ways: [way("roomlog", api, size, kind), way("SQL alone", sql, size, kind)],
              targets: [{ metric: p50, of: "SQL alone", most: 2.5 }],
            } satisfies Case
        const [least, most] = [sizes[0]!, sizes.at(-1)!]
        for (const kind of kinds)
          yield {
            name: `how flat it is, ${kind}`,
            ways: [way(rowsOf(most), api, most, kind), way(rowsOf(least), api, least, kind)],
            targets: [{ metric: p50, of: rowsOf(least), most: 1.3 }],
          }
      } finally {
        await Promise.all([api.close(), sql.close()])
        await server.stop()
      }
    } finally {
      home.leave()
      await postgres.stop()
    }
  },
}

const rowsOf = (size: number): string => `${size.toLocaleString("en")} rows`
