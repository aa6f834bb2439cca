import { type Bench, type Case, type Figures, type Lab, type Row, runsOf, type Target } from "./bench.ts"
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

const inTurns = async (bench: string, { name, ways }: Case, lab: Lab): Promise<Measured> => {
  const measured = new Map<string, Array<Figures>>(ways.map((way) => [way.name, []]))
  for (let run = 1; run <= runsOf(lab); run++)
    for (const way of ways) {
      lab.progress(`${bench}, ${name}: ${way.name}, run ${run} of ${runsOf(lab)}`)
      measured.get(way.name)!.push(await way.run())
    }
  return measured
}

const rowsOf = (bench: string, { name, ways, targets }: Case, measured: Measured): ReadonlyArray<Row> =>
  ways.flatMap((way, i) =>
    metricsOf(measured, way.name).flatMap((key) => {
      const row = { bench, case: name, way: way.name, ...parts(key), value: middle(measured, way.name, key) }
      const runs = measured.get(way.name)!.length
      const aims = i === 0 ? targets.filter(({ metric }) => metric === key) : []
      const bare: Row = { ...row, reference: null, ratio: null, target: null, met: null, runs }
      return aims.length === 0 ? [bare] : aims.map((aim) => ({ ...bare, ...against(aim, row.value, measured) }))
    }),
  )

/** Small sizes on a busy machine say nothing about targets. */
const unjudged = (row: Row): Row => ({ ...row, target: null, met: null })

const against = (aim: Target, value: number, measured: Measured) => {
  const ratio = aim.of === undefined ? null : value / middle(measured, aim.of, aim.metric)
  const judged = ratio ?? value
  const met = judged >= (aim.least ?? Number.NEGATIVE_INFINITY) && judged <= (aim.most ?? Number.POSITIVE_INFINITY)
  const times = aim.of === undefined ? "" : " x"
  const target = aim.least === undefined ? `at most ${aim.most}${times}` : `at least ${aim.least}${times}`
  return { reference: aim.of ?? null, ratio, target, met }
}

const metricsOf = (measured: Measured, way: string): ReadonlyArray<string> => Object.keys(measured.get(way)![0]!)

const middle = (measured: Measured, way: string, key: string): number => {
  const values = (measured.get(way) ?? []).map((figures) => figures[key])
  if (values.length === 0 || values.includes(undefined)) throw new Error(`${way} has not measured ${key}`)
  return median(values as Array<number>)
}

const parts = (key: string) => {
  const [metric = key, unit = ""] = key.split(", ")
  return { metric, unit }
}
