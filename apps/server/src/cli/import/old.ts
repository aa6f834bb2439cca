/** A table of the old database. */
export interface OldTable {
  readonly name: string
  /** The name as SQL takes it. */
  readonly sql: string
  /** Type by column, in lower case. */
  readonly columns: ReadonlyMap<string, string>
}

/** One unmoving state of an old database, for reading only. */
export interface OldDatabase {
  /** What people call it; without its password. */
  readonly name: string
  readonly tables: ReadonlyArray<OldTable>
  /** The rows of a query, as many at a time as a page has. Every column should be text. */
  readonly pages: <Row extends object>(select: string) => AsyncIterable<ReadonlyArray<Row>>
  /** SQL for a column of time as text in UTC: `2025-08-25 15:10:12.123456`. */
  readonly time: (column: string) => string
  /** SQL by which such a column is ordered, with those without a time first. */
  readonly sortable: (column: string) => string
  /** SQL for a column as text. */
  readonly text: (column: string) => string
}

/** Rows of one page. */
export const pageSize = 1_000

/** All rows of a query that gives few. */
export const allOf = async <Row extends object>(old: OldDatabase, select: string): Promise<ReadonlyArray<Row>> => {
  const all: Array<Row> = []
  for await (const page of old.pages<Row>(select)) all.push(...page)
  return all
}

/** A name as SQL takes it, whatever is in it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
