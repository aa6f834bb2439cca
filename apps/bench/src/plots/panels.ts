import type { Row } from "../bench.ts"

/** One metric of one case: what each way measured. */
export interface Panel {
  readonly case: string
  readonly metric: string
  readonly unit: string
  readonly ways: ReadonlyArray<{ readonly name: string; readonly value: number }>
  readonly aims: ReadonlyArray<Aim>
}

/** Where our value should be, on the panel's scale. */
export interface Aim {
  readonly value: number
  readonly words: string
}

/** The panels that tell how a bench ended: metrics that something was aimed at or held against, else all of them. */
export const panelsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<Panel> => {
  const groups = [...Map.groupBy(rows, ({ case: of, metric, unit }) => `${of}\n${metric}\n${unit}`).values()]
  const judged = groups.filter((group) => group.some(({ reference, target }) => reference !== null || target !== null))
  return (judged.length > 0 ? judged : groups).map(panelOf)
}

const panelOf = (rows: ReadonlyArray<Row>): Panel => {
  const values = new Map(rows.map(({ way, value }) => [way, value]))
  const [{ case: of, metric, unit }] = rows as [Row]
  return {
    case: of,
    metric,
    unit,
    ways: [...values].map(([name, value]) => ({ name, value })),
    aims: rows.flatMap(({ target, reference }) =>
      target === null ? [] : [aimOf(target, reference === null ? 1 : values.get(reference)!, reference)],
    ),
  }
}

const aimOf = (target: string, of: number, reference: string | null): Aim => ({
  value: Number(/[\d.]+/.exec(target)![0]) * of,
  words: reference === null ? target : `${target} ${reference}`,
})
