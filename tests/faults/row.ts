/** What a fault came to: what was done to the system, and what that did to what it had promised. */
export interface Row {
  /** Counts of what was done, by what it is. A zero here is a fault that did nothing. */
  readonly done: Readonly<Record<string, number>>
  readonly verdict: Verdict
  /** Milliseconds from the end of each harm until each writer had its next answer. */
  readonly recovered: ReadonlyArray<number>
  readonly note: string
}

/** What the invariants say of a run. */
export interface Verdict {
  readonly acknowledged: number
  /** Acknowledged, and not in the log. */
  readonly lost: number
  /** In the log more than once, or told to a subscriber more than once. */
  readonly doubled: number
  /** Anything else that must not be: order, place, read models, heads, refusals. */
  readonly wrong: number
  /** Events that a subscriber was not told. */
  readonly gaps: number
  /** The first of them, in words. */
  readonly problems: ReadonlyArray<string>
}

export const clean: Verdict = { acknowledged: 0, lost: 0, doubled: 0, wrong: 0, gaps: 0, problems: [] }

/** Whether everything that was promised was kept. */
export const isClean = ({ lost, doubled, wrong, gaps }: Verdict): boolean => lost + doubled + wrong + gaps === 0

/** One row for several rounds of the same fault. */
export const together = (rows: ReadonlyArray<Row>): Row => ({
  done: rows.map(({ done }) => done).reduce(added),
  verdict: rows.map(({ verdict }) => verdict).reduce(both),
  recovered: rows.flatMap(({ recovered }) => recovered),
  note: [...new Set(rows.map(({ note }) => note).filter((note) => note !== ""))].slice(0, 3).join("; "),
})

/** What two looks at one run found. */
export const both = (one: Verdict, other: Verdict): Verdict => ({
  acknowledged: one.acknowledged + other.acknowledged,
  lost: one.lost + other.lost,
  doubled: one.doubled + other.doubled,
  wrong: one.wrong + other.wrong,
  gaps: one.gaps + other.gaps,
  problems: [...one.problems, ...other.problems].slice(0, 20),
})

/** A verdict of one thing that is wrong. */
export const wrong = (...problems: ReadonlyArray<string>): Verdict => ({ ...clean, wrong: problems.length, problems })

/** The value below which so many per cent of a list lie. */
export const percentile = (list: ReadonlyArray<number>, percent: number): number => {
  const sorted = list.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

/** Rows as a table for a terminal. */
export const table = (rows: ReadonlyArray<readonly [fault: string, row: Row | string]>): string => {
  const cells = [head, ...rows.map(([fault, row]) => (typeof row === "string" ? [fault, row] : line(fault, row)))]
  const widths = head.map((_, i) =>
    Math.max(...cells.filter(({ length }) => length === head.length).map((row) => row[i]!.length)),
  )
  return cells.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ")).join("\n")
}

const head = ["fault", "done", "acknowledged", "lost", "doubled", "wrong", "gaps", "recovered p99 / max ms", "note"]

const line = (fault: string, { done, verdict, recovered, note }: Row): ReadonlyArray<string> => [
  fault,
  Object.entries(done)
    .map(([what, count]) => `${count} ${what}`)
    .join(", "),
  ...[verdict.acknowledged, verdict.lost, verdict.doubled, verdict.wrong, verdict.gaps].map(String),
  recovered.length === 0 ? "-" : `${Math.round(percentile(recovered, 99))} / ${Math.round(Math.max(...recovered))}`,
  note,
]

const added = (one: Row["done"], other: Row["done"]): Row["done"] => {
  const sum: Record<string, number> = { ...one }
  for (const [what, count] of Object.entries(other)) sum[what] = (sum[what] ?? 0) + count
  return sum
}
