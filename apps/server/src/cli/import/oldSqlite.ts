import { DatabaseSync } from "node:sqlite"
import { type OldDatabase, type OldTable, pageSize, quoted } from "./old.ts"

/** Works on an old SQLite file in one transaction, without ever writing to it. */
export const withOldSqlite = async <A>(path: string, work: (old: OldDatabase) => Promise<A>): Promise<A> => {
  const file = new DatabaseSync(path, { readOnly: true })
  try {
    return await work(opened(path, file))
  } finally {
    file.close()
  }
}

const opened = (path: string, file: DatabaseSync): OldDatabase => {
  const name = `SQLite ${path}`
  return {
    name,
    tables: readable(name, () => {
      file.exec("begin")
      return tablesOf(file)
    }),
    async *pages<Row extends object>(select: string) {
      const rows = readable(name, () => file.prepare(select).iterate()) as Iterator<Row>
      for (;;) {
        const page = readable(name, () => next(rows))
        if (page.length > 0) yield page
        if (page.length < pageSize) return
      }
    },
    time: (column) => `cast(${column} as text)`,
    sortable: (column) => `strftime('%Y-%m-%d %H:%M:%f', ${column}), ${column}`,
    text: (column) => `cast(${column} as text)`,
  }
}

const next = <Row>(rows: Iterator<Row>): ReadonlyArray<Row> => {
  const page: Array<Row> = []
  while (page.length < pageSize) {
    const { value, done } = rows.next()
    if (done) break
    page.push(value)
  }
  return page
}

const tablesOf = (file: DatabaseSync): ReadonlyArray<OldTable> => {
  const names = file.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").all()
  return names.map((row) => {
    const name = String(row["name"])
    const columns = file.prepare("select name, lower(type) as type from pragma_table_info(?)").all(name)
    return {
      name,
      sql: quoted(name),
      columns: new Map(columns.map((one) => [String(one["name"]), String(one["type"])])),
    }
  })
}

const readable = <A>(name: string, read: () => A): A => {
  try {
    return read()
  } catch (cause) {
    throw new Error(`${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}
