import { expect, test } from "vitest"
import type { Bench, Case, Lab } from "./bench.ts"
import { measurable } from "./bench.ts"
import { measure } from "./measure.ts"

const labOf = (quick: boolean): Lab => ({ quick, seed: 1, progress: () => undefined, note: () => undefined })

/** A way that measures these sends, one a run, and notes when it ran. */
const way = (name: string, sends: ReadonlyArray<number>, ran: Array<string> = []) => {
  const left = [...sends]
  return {
    name,
    run: async () => {
      ran.push(name)
      return { "sends, /s": left.shift()! }
    },
  }
}

const benchOf = (one: Case): Bench => ({
  name: "talk",
  work: "",
  cases: async function* () {
    yield one
  },
})

test("ways take turns, and the median of each is held against the other's", async () => {
  const ran: Array<string> = []
  const ways = [way("roomlog", [90, 500, 100], ran), way("naive", [45, 40, 1], ran)]
  const targets = [{ metric: "sends, /s", of: "naive", least: 2 }]
  const rows = await measure(benchOf({ name: "Postgres", ways, targets }), labOf(false))
  expect(ran).toEqual(["roomlog", "naive", "roomlog", "naive", "roomlog", "naive"])
  expect(rows).toEqual([
    {
      bench: "talk",
      case: "Postgres",
      way: "roomlog",
      metric: "sends",
      unit: "/s",
      value: 100,
      reference: "naive",
      ratio: 2.5,
      target: "at least 2 x",
      met: true,
      agreeing: 3,
      runs: 3,
      turns: 1,
    },
    expect.objectContaining({ way: "naive", value: 40, reference: null, ratio: null, target: null, met: null }),
  ])
})

test("where runs fall on both sides of a target, ours and its reference take more turns, and a run's figure is their median", async () => {
  const ran: Array<string> = []
  // The second run's first turn is a bad one.
  const ours = way("roomlog", [10, 1, 10, 9, 11, 12, 8, 12, 13], ran)
  const near = way("naive", [2, 2, 2, 2, 2, 2, 90, 2, 2], ran)
  const far = way("ejabberd", [0.1, 0.1, 0.1], ran)
  const targets = [
    { metric: "sends, /s", of: "naive", least: 4 },
    { metric: "sends, /s", of: "ejabberd", least: 6 },
  ]
  const rows = await measure(benchOf({ name: "Postgres", ways: [ours, near, far], targets }), labOf(false))
  expect(ran.slice(9)).toEqual(Array.from({ length: 6 }, () => ["roomlog", "naive"]).flat())
  expect(rows.slice(0, 2)).toMatchObject([
    { reference: "naive", value: 11, ratio: 5.5, met: true, agreeing: 3, runs: 3, turns: 3 },
    { reference: "ejabberd", value: 11, ratio: 110, met: true, agreeing: 3, runs: 3, turns: 1 },
  ])
})

test("a case that lies on its border is given up after seven turns, and says in how many runs it was met", async () => {
  const sends = Array.from({ length: 21 }, (_, i) => (i % 3 === 0 ? 9 : 11))
  const ours = way("roomlog", sends)
  const [row] = await measure(
    benchOf({ name: "Postgres", ways: [ours], targets: [{ metric: "sends, /s", least: 10 }] }),
    labOf(false),
  )
  expect(row).toMatchObject({ value: 11, met: true, agreeing: 2, runs: 3, turns: 7 })
})

test("a reference that looked far off takes its turns when ours has changed beside another", async () => {
  const ours = way("roomlog", [10, 20, 10, ...Array<number>(24).fill(10)])
  const border = way("naive", [9, 30, 9, ...Array.from({ length: 18 }, (_, i) => (i % 3 === 1 ? 11 : 9))])
  const late = way("ejabberd", [5, 15, 5, 5, 5, 5, 5, 5, 5])
  const targets = [
    { metric: "sends, /s", of: "naive", least: 1 },
    { metric: "sends, /s", of: "ejabberd", least: 1 },
  ]
  const rows = await measure(benchOf({ name: "Postgres", ways: [ours, border, late], targets }), labOf(false))
  expect(rows.slice(0, 2)).toMatchObject([
    { reference: "naive", met: true, agreeing: 2, turns: 7 },
    { reference: "ejabberd", met: true, agreeing: 3, turns: 3 },
  ])
})

test("every target of a figure has its row, and one that is missed says so", async () => {
  const targets = [
    { metric: "sends, /s", of: "naive", most: 1 },
    { metric: "sends, /s", most: 5 },
  ]
  const ways = [way("roomlog", [4, 4, 4]), way("naive", [2, 2, 2])]
  const rows = await measure(benchOf({ name: "Postgres", ways, targets }), labOf(false))
  expect(rows.filter((row) => row.way === "roomlog").map(({ target, met }) => [target, met])).toEqual([
    ["at most 1 x", false],
    ["at most 5", true],
  ])
})

test("a quick run goes once through everything and judges nothing", async () => {
  const targets = [{ metric: "sends, /s", of: "naive", least: 100 }]
  const ways = [way("roomlog", [4]), way("naive", [2])]
  const [row] = await measure(benchOf({ name: "Postgres", ways, targets }), labOf(true))
  expect(row).toMatchObject({ ratio: 2, reference: "naive", target: null, met: null, runs: 1 })
})

test("what is lost on the way ends the bench", async () => {
  const run = () => Promise.reject(new Error("5 texts were said, 4 are stored"))
  const broken = benchOf({ name: "Postgres", ways: [{ name: "roomlog", run }], targets: [] })
  await expect(measure(broken, labOf(true))).rejects.toThrow("4 are stored")
})

test("where a system is not installed, nothing is held against it", async () => {
  const targets = [
    { metric: "sends, /s", of: "ejabberd", least: 6 },
    { metric: "sends, /s", least: 1 },
  ]
  const one = measurable({ name: "Postgres", ways: [way("roomlog", [3, 3, 3])], targets })
  const rows = await measure(benchOf(one), labOf(false))
  expect(rows.map(({ target }) => target)).toEqual(["at least 1"])
})
