/** Measures something and gives it as tables. Says in between what it is doing. */
export type Bench = (progress: (line: string) => void) => Promise<ReadonlyArray<Table>>

export interface Table {
  readonly title: string
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string | number>>
  /** What one must know to read the numbers. */
  readonly notes: ReadonlyArray<string>
}

/** The table for a terminal. */
export const text = ({ title, columns, rows, notes }: Table): string => {
  const cells = [columns, ...rows.map((row) => row.map(String))]
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)))
  const lines = cells.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
  )
  return [title, lines[0], widths.map((width) => "-".repeat(width)).join("  "), ...lines.slice(1), ...notes].join("\n")
}

export const median = (values: ReadonlyArray<number>): number => percentile(values, 0.5)

/** The value that this share of the values does not exceed. */
export const percentile = (values: ReadonlyArray<number>, share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
