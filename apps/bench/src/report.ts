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

/** Figures that have a target as a table for a document. */
export const markdown = (rows: ReadonlyArray<Row>): string =>
  [
    "| bench | case | measured | beside | target | |",
    "|---|---|---|---|---|---|",
    ...rows
      .filter(({ target }) => target !== null)
      .map(
        (row) => `| ${[row.bench, row.case, measuredIn(row), besideIn(row), row.target, judgedIn(row)].join(" | ")} |`,
      ),
  ].join("\n")

const measuredIn = ({ metric, value, unit }: Row): string =>
  `${metric} ${figure(value)}${unit === "" || unit.startsWith("/") ? unit : ` ${unit}`}`

const besideIn = ({ ratio, reference }: Row): string => (ratio === null ? "" : `${ratio.toFixed(2)} x ${reference}`)

const judgedIn = ({ met, agreeing, runs, turns }: Row): string =>
  met === null ? "" : `${met ? "met" : "missed"} in ${agreeing} of ${runs}${turns > 1 ? `, ${turns} turns each` : ""}`

const head = ["bench", "case", "way", "metric", "value", "ratio", "to", "target", ""]
const numbers = new Set([4, 5])

const cellsOf = (row: Row): ReadonlyArray<string> => [
  row.bench,
  row.case,
  row.way,
  row.metric,
  `${figure(row.value)} ${row.unit}`.trim(),
  row.ratio === null ? "" : `${row.ratio.toFixed(2)}x`,
  row.reference ?? "",
  row.target ?? "",
  judgedIn(row).replace("missed", "MISSED"),
]

const pad = (cell: string, width: number, column: number): string =>
  numbers.has(column) ? cell.padStart(width) : cell.padEnd(width)

/** A value in as many digits as matter. */
export const figure = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString("en") : value >= 10 ? value.toFixed(1) : value.toFixed(2)
