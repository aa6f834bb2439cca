import { expect, test } from "vitest"
import type { Bench, Row } from "../bench.ts"
import { panelsOf } from "./panels.ts"
import { plot } from "./plot.ts"

const bench: Bench = { name: "talk", work: "A & B <talk>", cases: async function* () {} }
const row = (way: string, value: number, more: Partial<Row> = {}): Row => ({
  bench: "talk",
  case: "Postgres",
  way,
  metric: "sends",
  value,
  unit: "/s",
  reference: null,
  ratio: null,
  target: null,
  met: null,
  agreeing: null,
  runs: 3,
  turns: 1,
  ...more,
})
const ours = row("roomlog", 100, { reference: "naive", ratio: 2.5, target: "at least 2 x", met: true })

test("what is aimed at stands on the scale of what was measured", () => {
  const against = { reference: "limit", ratio: 0.5, target: "at least 0.85 x", met: false }
  const [panel, ...more] = panelsOf([ours, row("roomlog", 100, against), row("naive", 40), row("limit", 200)])
  expect(more).toEqual([])
  expect(panel?.ways.map(({ name }) => name)).toEqual(["roomlog", "naive", "limit"])
  expect(panel?.aims).toEqual([
    { value: 80, words: "at least 2 x naive" },
    { value: 170, words: "at least 0.85 x limit" },
  ])
})

test("what nothing is held against is drawn only where that is true of everything", () => {
  const other = row("roomlog", 7, { metric: "echo p50", unit: "ms" })
  expect(panelsOf([ours, row("naive", 40), other]).map(({ metric }) => metric)).toEqual(["sends"])
  expect(panelsOf([other]).map(({ metric }) => metric)).toEqual(["echo p50"])
})

test("the longest bar fills the room, the others are in proportion, and words cannot break the drawing", () => {
  const svg = plot(bench, [ours, row("naive", 40)], "1 x test")
  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"[^>]*class="(\w+)"/g)].map(([, width, kind]) => [
    Number(width),
    kind,
  ])
  expect(widths).toEqual([
    [520, "ours"],
    [208, "other"],
  ])
  expect(svg).toContain("A &amp; B &lt;talk&gt;")
  expect(svg).toContain("prefers-color-scheme: dark")
})

test("a sweep is a line over the magnitudes of its counts", () => {
  const counts = ["10", "100", "1,000"].map((way, i) => row(way, i + 1))
  const svg = plot({ ...bench, plot: "lines" }, counts, "1 x test")
  const xs = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x))
  expect(xs).toEqual([190, 450, 710])
})
