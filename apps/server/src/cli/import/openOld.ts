import { closeSync, openSync, readSync, statSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Misused } from "../command.ts"
import type { OldDatabase } from "./old.ts"
import { withOldPostgres } from "./oldPostgres.ts"
import { withOldSqlite } from "./oldSqlite.ts"

/** Works on the old database at a Postgres address or in a SQLite file. Throws sentences. */
export const withOldDatabase = <A>(address: string, work: (old: OldDatabase) => Promise<A>): Promise<A> => {
  if (/^postgres(ql)?:\/\//i.test(address)) return withOldPostgres(address, work)
  return withOldSqlite(sqliteFile(address), work)
}

/** The path of a SQLite file, after a look at what is there. */
const sqliteFile = (address: string): string => {
  const path = pathOf(address)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined)
    throw new Error(`There is no file ${path}. --database takes postgres://... or the path of a SQLite file.`)
  if (!found.isFile())
    throw new Error(`${path} is no file. --database takes postgres://... or the path of a SQLite file.`)
  const start = beginning(path)
  if (start.startsWith("SQLite format 3\0")) return path
  if (start.startsWith("PGDMP") || /^\s*(--|pragma|begin|create|set)\b/i.test(start))
    throw new Error(
      `${path} is a dump. Load it into a database first (sqlite3 new.db < dump, psql or pg_restore), then import that.`,
    )
  throw new Error(`${path} is no SQLite database.`)
}

const pathOf = (address: string): string => {
  if (address.startsWith("file:")) return fileURLToPath(address)
  if (/^sqlite3?:\/\/\//i.test(address)) return address.replace(/^sqlite3?:\/\/\//i, "")
  if (/^[a-z][a-z0-9+]+:\/\//i.test(address))
    throw new Misused(
      `--database cannot be ${address.split(":")[0]}://... It takes postgres://... or the path of a SQLite file.`,
    )
  return address
}

const beginning = (path: string): string => {
  const bytes = Buffer.alloc(64)
  const file = openSync(path, "r")
  try {
    return bytes.toString("latin1", 0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}
