import {
  type Bench,
  type Case,
  type Figures,
  type Lab,
  mostTurns,
  type Row,
  runsOf,
  type Target,
  type Way,
} from "./bench.ts"
import { median } from "./stats.ts"

/** Measures a bench's cases, one after the other, and gives a row for every figure. */
export const measure = async (bench: Bench, lab: Lab): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for await (const one of bench.cases(lab)) {
    const own = await settled(bench.name, one, lab)
    rows.push(...(lab.quick ? own.map(unjudged) : own))
  }
  return rows
}

/** What the turns of a run measured, by way. */
type Run = ReadonlyMap<string, Array<Figures>>

/** Figures of all runs, by way. */
type Measured = ReadonlyMap<string, ReadonlyArray<Figures>>

/**
 * Does a case's ways in turns, once in each run. Where the runs then fall on both sides of a target, ours and what it is
 * held against are done twice more, and again: what is far from its target is known soon, what is near is measured longer.
 */
const settled = async (bench: string, one: Case, lab: Lab): Promise<ReadonlyArray<Row>> => {
  const runs = Array.from({ length: runsOf(lab) }, (): Run => new Map(one.ways.map(({ name }) => [name, []])))
  let due = one.ways.map(({ name }) => name)
  for (let turn = 1; ; turn++) {
    for (const [i, run] of runs.entries())
      for (const names of one.together ? [due] : due.map((name) => [name])) {
        lab.progress(`${bench}, ${one.name}: ${names.join(", ")}, run ${i + 1} of ${runs.length}, turn ${turn}`)
        const figures = await (one.together ?? oneByOne(one.ways))(names)
        for (const [way, name] of names.entries()) run.get(name)!.push(figures[way]!)
      }
    if (turn % 2 === 0) continue
    const rows = rowsOf(bench, one, runs)
    const open = rows.filter(({ agreeing, turns }) => agreeing !== null && agreeing < runs.length && turns < mostTurns)
    if (open.length === 0) return rows
    due = one.ways
      .map(({ name }) => name)
      .filter((name, i) => i === 0 || open.some(({ reference }) => reference === name))
  }
}

const oneByOne =
  (ways: ReadonlyArray<Way>) =>
  async (names: ReadonlyArray<string>): Promise<ReadonlyArray<Figures>> => {
    const figures: Array<Figures> = []
    for (const { run } of ways.filter(({ name }) => names.includes(name))) figures.push(await run())
    return figures
  }

const measuredIn = (runs: ReadonlyArray<Run>): Measured =>
  new Map([...runs[0]!.keys()].map((way) => [way, runs.map((run) => medians(run.get(way)!))]))

const medians = (turns: ReadonlyArray<Figures>): Figures =>
  Object.fromEntries(Object.keys(turns[0]!).map((key) => [key, median(turns.map((figures) => figures[key]!))]))

const rowsOf = (bench: string, { name, ways, targets }: Case, runs: ReadonlyArray<Run>): ReadonlyArray<Row> => {
  const measured = measuredIn(runs)
  const turnsOf = (way: string): number => runs[0]!.get(way)!.length
  return ways.flatMap((way, i) =>
    metricsOf(measured, way.name).flatMap((key) => {
      const row = { bench, case: name, way: way.name, ...parts(key), value: middle(measured, way.name, key) }
      const none = { reference: null, ratio: null, target: null, met: null, agreeing: null }
      const bare: Row = { ...row, ...none, runs: runs.length, turns: turnsOf(way.name) }
      const aims = i === 0 ? targets.filter(({ metric }) => metric === key) : []
      return aims.length === 0
        ? [bare]
        : aims.map((aim) => ({ ...bare, ...against(aim, way.name, measured), turns: turnsOf(aim.of ?? way.name) }))
    }),
  )
}

/** Small sizes on a busy machine say nothing about targets. */
const unjudged = (row: Row): Row => ({ ...row, target: null, met: null, agreeing: null })

const against = (aim: Target, way: string, measured: Measured) => {
  const { metric, of, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = aim
  const isMet = (judged: number): boolean => judged >= least && judged <= most
  const value = middle(measured, way, metric)
  const ratio = of === undefined ? null : value / middle(measured, of, metric)
  const met = isMet(ratio ?? value)
  const others = of === undefined ? undefined : valuesOf(measured, of, metric)
  const runs = valuesOf(measured, way, metric).map((one, run) => isMet(others === undefined ? one : one / others[run]!))
  const times = of === undefined ? "" : " x"
  const target = aim.least === undefined ? `at most ${most}${times}` : `at least ${least}${times}`
  return { reference: of ?? null, ratio, target, met, agreeing: runs.filter((one) => one === met).length }
}

const metricsOf = (measured: Measured, way: string): ReadonlyArray<string> => Object.keys(measured.get(way)![0]!)

const middle = (measured: Measured, way: string, key: string): number => median(valuesOf(measured, way, key))

const valuesOf = (measured: Measured, way: string, key: string): ReadonlyArray<number> => {
  const values = (measured.get(way) ?? []).map((figures) => figures[key])
  if (values.length === 0 || values.includes(undefined)) throw new Error(`${way} has not measured ${key}`)
  return values as Array<number>
}

const parts = (key: string) => {
  const [metric = key, unit = ""] = key.split(", ")
  return { metric, unit }
}
