import { expect, test } from "vitest"
import type { Bench, Case } from "./bench.ts"
import { measure } from "./measure.ts"
import { inSlices, type Sliced } from "./slices.ts"

const lab = { quick: true, seed: 1, progress: () => undefined, note: () => undefined }
const plan = { warmUp: 30, slice: 5, slices: 2 }

/** A way that sends as often as it is told milliseconds, and notes what it was told. */
const way = (name: string, told: Array<string>): Sliced => ({
  name,
  start: async () => {
    let sent = 0
    return {
      work: async ({ milliseconds, isMeasured }) => {
        told.push(`${name} ${milliseconds}`)
        if (isMeasured) sent += milliseconds
      },
      end: async () => ({ "sends, /s": sent }),
      leave: async () => void told.push(`${name} left`),
    }
  },
})

test("ways warm up one by one, then work slice by slice in turns, and what they did in slices is measured", async () => {
  const told: Array<string> = []
  const one: Case = { name: "Postgres", ...inSlices([way("roomlog", told), way("naive", told)], plan), targets: [] }
  const bench: Bench = {
    name: "talk",
    work: "",
    cases: async function* () {
      yield one
    },
  }
  const rows = await measure(bench, lab)
  const slices = ["roomlog 5", "naive 5", "roomlog 5", "naive 5"]
  expect(told).toEqual(["roomlog 30", "naive 30", ...slices, "roomlog left", "naive left"])
  expect(rows.map(({ way, value }) => [way, value])).toEqual([
    ["roomlog", 10],
    ["naive", 10],
  ])
})

test("only the ways that are due take another turn", async () => {
  const told: Array<string> = []
  const { together } = inSlices([way("roomlog", told), way("naive", told), way("ejabberd", told)], plan)
  expect(await together(["roomlog", "ejabberd"])).toHaveLength(2)
  expect(told.filter((order) => order.endsWith(" 30"))).toEqual(["roomlog 30", "ejabberd 30"])
})

test("what has started is taken down also when something is lost", async () => {
  const told: Array<string> = []
  const lost: Sliced = { name: "naive", start: () => Promise.reject(new Error("5 were said, 4 are stored")) }
  const { together } = inSlices([way("roomlog", told), lost], plan)
  await expect(together(["roomlog", "naive"])).rejects.toThrow("4 are stored")
  expect(told).toEqual(["roomlog 30", "roomlog left"])
})
