import { startPostgres } from "@roomlog/log/testing"
import type { Bench, Case, Lab, Target } from "../bench.ts"
import { inSlices, type Plan, type Sliced } from "../slices.ts"
import type { Crowd } from "./crowd.ts"
import { startBare, startTeller, type Teller } from "./tellers.ts"
import { all, telling, user } from "./told.ts"

const thoroughly: Plan = { warmUp: 1_500, slice: 1_200, slices: 5 }
const quickly: Plan = { warmUp: 200, slice: 200, slices: 1 }

/** What it costs a server to tell something to everybody in a room. */
export const fanOut: Bench = {
  name: "fan-out",
  work: "One sender, one room, texts of 200 bytes: the server's CPU for each delivery, the posts included",
  cases: async function* (lab: Lab) {
    const postgres = await startPostgres()
    const ours = (dialect: Crowd["dialect"]) => () => startTeller(dialect, postgres)
    const bare = (dialect: Crowd["dialect"]) => () => startBare(dialect)
    try {
      for (const listeners of lab.quick ? [50] : [100, 1_000, 5_000]) {
        const way = (name: string, start: () => Promise<Teller>, together: number) =>
          telling(name, start, { listeners, together })
        const ofCase = (name: string, ways: ReadonlyArray<Sliced>, targets: ReadonlyArray<Target>): Case => ({
          name: `${listeners.toLocaleString("en")} listeners, ${name}`,
          ...inSlices(ways, lab.quick ? quickly : thoroughly),
          targets,
        })
        yield ofCase(
          "tRPC, one by one",
          [way("roomlog", ours("trpc"), 1), way("raw ws", bare("trpc"), 1)],
          [
            { metric: user, of: "raw ws", most: 1.3 },
            { metric: all, of: "raw ws", most: 1.5 },
          ],
        )
        yield ofCase(
          "tRPC, 8 together",
          [
            way("roomlog", ours("trpc"), 8),
            way("raw ws, one by one", bare("trpc"), 1),
            way("raw ws, 8 together", bare("trpc"), 8),
          ],
          [{ metric: all, of: "raw ws, one by one", most: 0.25 }],
        )
        for (const together of [1, 8])
          yield ofCase(
            `Socket.IO, ${together === 1 ? "one by one" : "8 together"}`,
            [way("roomlog", ours("socket.io"), together), way("Socket.IO", bare("socket.io"), together)],
            [{ metric: all, of: "Socket.IO", most: 1.1 }],
          )
      }
    } finally {
      await postgres.stop()
    }
  },
}
