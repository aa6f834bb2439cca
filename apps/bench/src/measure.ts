import { type Bench, type Case, type Figures, type Lab, type Row, runsOf, type Target, turnsOf } from "./bench.ts"
import { median } from "./stats.ts"

/** Runs a bench's cases, their ways in turns, and gives a row for every figure. */
export const measure = async (bench: Bench, lab: Lab): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  for await (const one of bench.cases(lab))
    rows.push(
      ...rowsOf(bench.name, one, await inTurns(bench.name, one, lab)).map((row) => (lab.quick ? unjudged(row) : row)),
    )
  return rows
}

/** Figures of all runs, by way. */
type Measured = ReadonlyMap<string, ReadonlyArray<Figures>>

const inTurns = async (bench: string, one: Case, lab: Lab): Promise<Measured> => {
  const measured = new Map<string, Array<Figures>>(one.ways.map((way) => [way.name, []]))
  for (let run = 1; run <= runsOf(lab); run++) {
    const turns = new Map<string, Array<Figures>>(one.ways.map((way) => [way.name, []]))
    for (let turn = 1; turn <= turnsOf(lab, one); turn++)
      for (const way of one.ways) {
        lab.progress(`${bench}, ${one.name}: ${way.name}, run ${run} of ${runsOf(lab)}`)
        turns.get(way.name)!.push(await way.run())
      }
    for (const way of one.ways) measured.get(way.name)!.push(medians(turns.get(way.name)!))
  }
  return measured
}

const medians = (turns: ReadonlyArray<Figures>): Figures =>
  Object.fromEntries(Object.keys(turns[0]!).map((key) => [key, median(turns.map((figures) => figures[key]!))]))

const rowsOf = (bench: string, { name, ways, targets }: Case, measured: Measured): ReadonlyArray<Row> =>
  ways.flatMap((way, i) =>
    metricsOf(measured, way.name).flatMap((key) => {
      const row = { bench, case: name, way: way.name, ...parts(key), value: middle(measured, way.name, key) }
      const runs = measured.get(way.name)!.length
      const aims = i === 0 ? targets.filter(({ metric }) => metric === key) : []
      const bare: Row = { ...row, reference: null, ratio: null, target: null, met: null, agreeing: null, runs }
      return aims.length === 0 ? [bare] : aims.map((aim) => ({ ...bare, ...against(aim, way.name, measured) }))
    }),
  )

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
