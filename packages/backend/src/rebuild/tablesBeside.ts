import type { Query } from "@roomlog/log"
import { tables } from "../rows.ts"

/** Where a table's rows are made anew, beside the live one. */
export const beside = (table: string): string => `${table}_next`

/** Names of the read-model tables. */
export const names: ReadonlyArray<string> = tables.map(({ table }) => table)

/**
 * Makes empty tables beside the live ones, with their primary keys, owners and rights. Leftovers of a rebuild that died
 * go first. Until they are to stay they are not in the write-ahead log, for which those who write meanwhile would wait.
 */
export const makeBeside = async (query: Query): Promise<void> => {
  await dropBeside(query)
  for (const table of names) {
    await query(
      `create unlogged table ${beside(table)} (like ${table} including defaults including constraints including storage) with (autovacuum_enabled = off)`,
    )
    for (const { text } of await query<Statement>(likeLive, [table, beside(table)])) await query(text)
    for (const index of await indexesOf(query, table)) if (index.kind === "p") await addIndex(query, index)
  }
}

/**
 * What the live tables have beyond primary keys: indexes and constraints, faster added to full tables than kept while
 * filling; and that those last which are to stay.
 */
export const completeBeside = async (query: Query, toStay: ReadonlyArray<string>): Promise<void> => {
  for (const table of names) {
    if (toStay.includes(table)) await query(`alter table ${beside(table)} set logged`)
    for (const index of await indexesOf(query, table)) if (index.kind !== "p") await addIndex(query, index)
    await query(`analyze ${beside(table)}`)
  }
}

export const dropBeside = async (query: Query): Promise<void> => {
  for (const table of names) await query(`drop table if exists ${beside(table)}`)
}

/** Puts new tables and their indexes where the live ones are; those are gone with the commit. */
export const switchScript = async (query: Query, only: ReadonlyArray<string>): Promise<string> => {
  const indexes = (await Promise.all(only.map((table) => indexesOf(query, table)))).flat()
  return [
    ...only.map((table) => `drop table ${table}`),
    ...only.map((table) => `alter table ${beside(table)} reset (autovacuum_enabled)`),
    ...only.map((table) => `alter table ${beside(table)} rename to ${table}`),
    ...indexes.map(({ name }) => `alter index ${beside(name)} rename to ${name}`),
  ].join(";\n")
}

interface Statement {
  readonly text: string
}

/** Storage settings, owner and rights of a live table, as statements for the one beside it. */
const likeLive = `
select format('alter table %I set (%s)', $2::text, array_to_string(reloptions, ', ')) as text
  from pg_class where oid = $1::regclass and reloptions is not null
union all select format('alter table %I owner to %I', $2::text, pg_get_userbyid(relowner))
  from pg_class where oid = $1::regclass and pg_get_userbyid(relowner) <> current_user
union all select format('grant %s on %I to %s', privilege_type, $2::text,
    case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
  from pg_class, aclexplode(relacl) where oid = $1::regclass and grantee <> relowner`

interface Index {
  readonly name: string
  readonly table: string
  /** p primary key, u another constraint; null when no constraint is behind it. */
  readonly kind: string | null
  /** What follows the name where it is made. */
  readonly made: string
  readonly unique: boolean
}

const indexesOf = (query: Query, table: string): Promise<ReadonlyArray<Index>> =>
  query<Index>(
    `select c.relname as name, $1::text as table, k.contype::text as kind, i.indisunique as unique,
      coalesce(pg_get_constraintdef(k.oid), substring(pg_get_indexdef(c.oid) from ' (USING .*)$')) as made
     from pg_index i join pg_class c on c.oid = i.indexrelid
     left join pg_constraint k on k.conindid = c.oid and k.conrelid = i.indrelid and k.contype in ('p', 'u', 'x')
     where i.indrelid = $1::regclass order by 1`,
    [table],
  )

const addIndex = async (query: Query, { name, table, kind, made, unique }: Index): Promise<void> => {
  await query(
    kind === null
      ? `create ${unique ? "unique " : ""}index ${beside(name)} on ${beside(table)} ${made}`
      : `alter table ${beside(table)} add constraint ${beside(name)} ${made}`,
  )
}
