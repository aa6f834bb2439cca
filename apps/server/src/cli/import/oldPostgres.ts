import postgres from "postgres"
import { type OldDatabase, type OldTable, pageSize } from "./old.ts"

/** Works on an old Postgres in one transaction that only reads and sees one state, whatever happens there meanwhile. */
export const withOldPostgres = async <A>(address: string, work: (old: OldDatabase) => Promise<A>): Promise<A> => {
  const name = nameOf(address)
  const sql = connect(address)
  const failed: Array<unknown> = []
  try {
    const done = sql.begin("isolation level repeatable read read only", async (transaction) => {
      const old = await opened(name, transaction)
      return work(old).catch((cause: unknown) => {
        failed.push(cause)
        throw cause
      })
    })
    return (await done) as A
  } catch (cause) {
    throw failed.length > 0 ? failed[0] : new Error(`${name} cannot be read: ${reasonOf(cause)}`)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

const connect = (address: string): postgres.Sql => {
  try {
    return postgres(address, {
      max: 1,
      connect_timeout: 10,
      fetch_types: false,
      onnotice: () => undefined,
      connection: {
        application_name: "roomlog import",
        TimeZone: "UTC",
        client_encoding: "UTF8",
        statement_timeout: 0,
        idle_in_transaction_session_timeout: 0,
      },
    })
  } catch (cause) {
    throw new Error(
      `The address behind --database cannot be read (${reasonOf(cause)}). Write postgres://user@host/name.`,
    )
  }
}

const opened = async (name: string, sql: postgres.TransactionSql): Promise<OldDatabase> => {
  let cursors = 0
  return {
    name,
    tables: tablesOf(await sql.unsafe(columns)),
    async *pages<Row extends object>(select: string) {
      const cursor = `old_${cursors++}`
      await sql.unsafe(`declare ${cursor} no scroll cursor for ${select}`)
      for (;;) {
        const page = await sql.unsafe<Array<Row>>(`fetch ${pageSize} from ${cursor}`)
        if (page.length > 0) yield page
        if (page.length < pageSize) return
      }
    },
    time: (column) => `to_char(${column}::timestamptz, 'YYYY-MM-DD HH24:MI:SS.US')`,
    sortable: (column) => `${column} nulls first`,
    text: (column) => `${column}::text`,
  }
}

interface Column {
  readonly name: string
  readonly sql: string
  readonly column: string
  readonly type: string
}

const columns = `select c.relname as name, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as sql,
  a.attname as column, format_type(a.atttypid, null) as type
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p') and n.nspname = any (current_schemas(false)) and a.attnum > 0 and not a.attisdropped
order by 2, a.attnum`

const tablesOf = (rows: Iterable<object>): ReadonlyArray<OldTable> => {
  const tables = new Map<string, { name: string; sql: string; columns: Map<string, string> }>()
  for (const { name, sql, column, type } of rows as Iterable<Column>) {
    const table = tables.get(sql) ?? { name, sql, columns: new Map() }
    tables.set(sql, table)
    table.columns.set(column, type)
  }
  return [...tables.values()]
}

/** The address without user and password. */
const nameOf = (address: string): string => {
  if (!URL.canParse(address)) return "The old database"
  const { host, pathname } = new URL(address)
  return `Postgres ${host}${pathname}`
}

const reasonOf = (cause: unknown): string => {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join("; ")
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
