import { expect, test } from "vitest"
import type { Row } from "./bench.ts"
import { markdown } from "./report.ts"
import { type Results, together } from "./results.ts"

const row = (bench: string, value: number): Row => ({
  bench,
  case: "Postgres",
  way: "roomlog",
  metric: "sends",
  value,
  unit: "/s",
  reference: "naive",
  ratio: 2,
  target: "at least 3 x",
  met: false,
  agreeing: 2,
  runs: 3,
  turns: 1,
})

const results = (machine: string, ...rows: ReadonlyArray<Row>): Results => ({
  machine,
  seed: 1,
  quick: false,
  at: "2026-11-23T00:00:00.000Z",
  notes: ["ejabberd is not installed"],
  rows,
})

test("a bench that was measured again replaces its rows, and the others stay", () => {
  const both = together([results("this one", row("talk", 1), row("idle", 2)), results("this one", row("talk", 3))])
  expect(both.rows.map(({ bench, value }) => [bench, value])).toEqual([
    ["talk", 3],
    ["idle", 2],
  ])
  expect(both.notes).toEqual(["ejabberd is not installed"])
})

test("results of different machines are not mixed", () => {
  expect(() => together([results("this one"), results("another")])).toThrow("different machines: this one; another")
})

test("the table for a document says what was aimed at, in how many runs it was missed, and what took more turns", () => {
  expect(
    markdown([row("talk", 1_234), { ...row("talk", 5), target: null }, { ...row("talk", 7), agreeing: 3, turns: 5 }])
      .split("\n")
      .slice(2),
  ).toEqual([
    "| talk | Postgres | sends 1,234/s | 2.00 x naive | at least 3 x | missed in 2 of 3 |",
    "| talk | Postgres | sends 7.00/s | 2.00 x naive | at least 3 x | missed in 3 of 3, 5 turns each |",
  ])
})
