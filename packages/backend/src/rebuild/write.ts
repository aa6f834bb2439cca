import type { InlineTable, Query } from "@roomlog/log"
import { tables } from "../rows.ts"
import { beside } from "./tablesBeside.ts"

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

/** Writes rows beside the live tables in as few statements as there are tables; rows that stand there are replaced. */
export const upsert = async (query: Query, table: string, rows: Rows): Promise<void> => {
  if (rows.length > 0) await query(upserts.get(table)!, columnsOf(table, rows))
}

/** Writes rows that are new. */
export const insert = async (query: Query, table: string, rows: Rows): Promise<void> => {
  if (rows.length > 0) await query(inserts.get(table)!, columnsOf(table, rows))
}

/** Writes rooms at once after taking the old rows away, so that names may change hands in any order. */
export const replaceRooms = async (query: Query, rows: Rows): Promise<void> => {
  if (rows.length === 0) return
  await query(`delete from ${beside("room")} where id = any($1::uuid[])`, [rows.map(([id]) => id)])
  await insert(query, "room", rows)
}

const mayHaveLines = (type: string): boolean => type === "text"

const insertText = ({ table, columns }: InlineTable): string => {
  const all = Object.keys(columns).join(", ")
  const lists = Object.values(columns).map((type, i) =>
    mayHaveLines(type) ? `$${i + 1}::text[]` : `string_to_array($${i + 1}::text, e'\\n', '')::${type}[]`,
  )
  return `insert into ${beside(table)} (${all}) select ${all} from unnest(${lists.join(", ")}) as given(${all})`
}

const upsertText = (made: InlineTable): string => {
  const others = Object.keys(made.columns).filter((name) => !made.key.includes(name))
  const change = others.map((name) => `${name} = excluded.${name}`).join(", ")
  return `${insertText(made)} on conflict (${made.key.join(", ")}) do update set ${change}`
}

const byName = new Map(tables.map((made) => [made.table, made]))
const inserts = new Map(tables.map((made) => [made.table, insertText(made)]))
const upserts = new Map(tables.map((made) => [made.table, upsertText(made)]))

/** Columns as lists; one value a line where no value has a line break, which spares the quoting of JSON in JSON. */
const columnsOf = (table: string, rows: Rows): ReadonlyArray<unknown> =>
  Object.values(byName.get(table)!.columns).map((type, i) => {
    const values = rows.map((row) => row[i] ?? null)
    return mayHaveLines(type) ? values : values.join("\n")
  })
