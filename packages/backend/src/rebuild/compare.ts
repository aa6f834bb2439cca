import { createHash } from "node:crypto"
import type { InlineTable, Query } from "@roomlog/log"
import { tables } from "../rows.ts"
import { beside } from "./tablesBeside.ts"

/** A table's content in one line. Equal hashes mean equal rows, whatever their order. */
export interface Print {
  readonly rows: number
  /** 32 hex digits. */
  readonly hash: string
}

/** What was found when a live table was compared with the one that was made from the log. */
export interface Compared {
  readonly table: string
  readonly live: Print
  readonly made: Print
  /** Some of the keys whose rows differ, and how; none when the hashes are equal. */
  readonly examples: ReadonlyArray<string>
}

/** Where the live tables are seen and where the new ones are; on Postgres both are read at the same time. */
export interface Sides {
  readonly live: Query
  readonly made: Query
}

/** Compares tables by hash. jsonb is compared as Postgres writes it, which is the same for the same structure. */
export const compare = async (sides: Sides, only: ReadonlyArray<string>): Promise<ReadonlyArray<Compared>> => {
  const compared: Array<Compared> = []
  for (const table of tables.filter((one) => only.includes(one.table))) compared.push(await compareTable(sides, table))
  return compared
}

const compareTable = async (sides: Sides, table: InlineTable): Promise<Compared> => {
  const [live, made] = await Promise.all([
    bucketsOf(sides.live, table, table.table),
    bucketsOf(sides.made, table, beside(table.table)),
  ])
  const other = new Set([...live, ...made].filter(([n, b]) => !same(live.get(n), made.get(n)) && b).map(([n]) => n))
  const examples = other.size === 0 ? [] : await examplesOf(sides, table, [...other])
  return { table: table.table, live: printOf(live), made: printOf(made), examples }
}

interface Bucket {
  readonly bucket: number
  readonly count: number
  /** Sums of two hashes of each row. */
  readonly one: string
  readonly two: string
}

type Buckets = ReadonlyMap<number, Bucket>

const bucketsOf = async (query: Query, table: InlineTable, where: string): Promise<Buckets> => {
  const found = await query<Bucket>(
    `select ${bucketOf(table)} as bucket, count(*)::int as count,
      sum(hashtextextended(t::text, 1))::text as one, sum(hashtextextended(t::text, 2))::text as two
     from ${where} t group by 1 order by 1`,
  )
  return new Map(found.map((bucket) => [bucket.bucket, bucket]))
}

/** Rows are summed up in 256 heaps by key, so that a difference is found again without comparing everything. */
const bucketOf = (table: InlineTable) => `(hashtextextended(${keyOf(table)}, 0) & 255)::int`
const keyOf = ({ key }: InlineTable) => `concat_ws('/', ${key.join(", ")})`

const same = (a: Bucket | undefined, b: Bucket | undefined): boolean =>
  a?.count === b?.count && a?.one === b?.one && a?.two === b?.two

const printOf = (buckets: Buckets): Print => {
  const digest = createHash("sha256")
  for (const { bucket, count, one, two } of buckets.values()) digest.update(`${bucket} ${count} ${one} ${two}\n`)
  const rows = [...buckets.values()].reduce((sum, { count }) => sum + count, 0)
  return { rows, hash: digest.digest("hex").slice(0, 32) }
}

/** Goes through the heaps that differ until there are enough examples. */
const examplesOf = async (sides: Sides, table: InlineTable, buckets: ReadonlyArray<number>) => {
  const examples: Array<string> = []
  for (const bucket of buckets) {
    const [live, made] = await Promise.all([
      rowsOf(sides.live, table, { where: table.table, bucket }),
      rowsOf(sides.made, table, { where: beside(table.table), bucket }),
    ])
    for (const key of new Set([...live.keys(), ...made.keys()])) {
      if (live.get(key) === made.get(key)) continue
      examples.push(`${key} ${!made.has(key) ? "is not in the log" : live.has(key) ? "differs" : "is missing"}`)
      if (examples.length === mostExamples) return examples
    }
  }
  return examples
}

const mostExamples = 20

const rowsOf = async (
  query: Query,
  table: InlineTable,
  { where, bucket }: { readonly where: string; readonly bucket: number },
): Promise<ReadonlyMap<string, string>> => {
  const found = await query<{ key: string; hash: string }>(
    `select ${keyOf(table)} as key, md5(t::text) as hash from ${where} t where ${bucketOf(table)} = $1`,
    [bucket],
  )
  return new Map(found.map(({ key, hash }) => [key, hash]))
}
