import type { Row } from "./bench.ts"

/** The rows as a table for a terminal. */
export const table = (rows: ReadonlyArray<Row>): string => {
  const cells = [head, ...rows.map(cellsOf)]
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)))
  const lines = cells.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i]!, i))
      .join("  ")
      .trimEnd(),
  )
  return [lines[0], widths.map((width) => "-".repeat(width)).join("  "), ...lines.slice(1)].join("\n")
}

const head = ["bench", "case", "way", "metric", "value", "ratio", "to", "target", ""]
const numbers = new Set([4, 5])

const cellsOf = ({ value, unit, ratio, met, agreeing, runs, ...row }: Row): ReadonlyArray<string> => [
  row.bench,
  row.case,
  row.way,
  row.metric,
  `${figure(value)} ${unit}`.trim(),
  ratio === null ? "" : `${ratio.toFixed(2)}x`,
  row.reference ?? "",
  row.target ?? "",
  met === null ? "" : `${met ? "met" : "MISSED"} in ${agreeing} of ${runs}`,
]

const pad = (cell: string, width: number, column: number): string =>
  numbers.has(column) ? cell.padStart(width) : cell.padEnd(width)

/** A value in as many digits as matter. */
export const figure = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString("en") : value >= 10 ? value.toFixed(1) : value.toFixed(2)
