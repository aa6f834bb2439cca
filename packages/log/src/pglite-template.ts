import { randomUUID } from "node:crypto"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { PGlite, PGliteOptions } from "@electric-sql/pglite"
import { filesOf } from "./tar.ts"

/** Makes a database where there is none, from a dump of files when there is one. */
export type Create = (from: Beginning) => Promise<PGlite>

/** What a new database begins with: the tar of another one's files, or nothing but settings for making them. */
export interface Beginning extends Pick<PGliteOptions, "initDbStartParams"> {
  readonly dump?: Buffer<ArrayBuffer>
}

/** What a new database has from the beginning. */
export interface Template {
  /** Another one for other contents. */
  readonly name: string
  /** Makes it. */
  readonly fill: (db: PGlite) => Promise<void>
  /** Where it is kept; beside the packages when left out. */
  readonly file?: string
}

/**
 * A new database. The first of its kind on a machine is made by Postgres's own means, which takes seconds; its files are
 * kept beside the packages, and every later one begins with them. A file that cannot be used is made anew.
 */
export const fromTemplate = async (create: Create, { name, fill, file }: Template): Promise<PGlite> => {
  const template = file ?? (await fileOf(name))
  const made = await readFile(template)
    .then((dump) => create({ dump: whole(dump) }))
    .catch(ignored)
  if (made !== undefined) return made
  const db = await create({ initDbStartParams: slim })
  for (const step of slimming) await db.exec(step)
  await fill(db)
  await keep(template, await db.dumpDataDir("none")).catch(ignored)
  return db
}

/**
 * Half of a start would be copying files that nobody needs: a write-ahead log in pieces of 16 MB, some of them kept to be
 * used again, and two databases to make others from. The log's limits are given as they are for such pieces.
 */
const slim = [
  "--wal-segsize=1",
  ...["max_wal_size=1GB", "min_wal_size=80MB", "wal_recycle=off"].flatMap((one) => ["--set", one]),
]
const slimming = [
  "update pg_database set datistemplate = false where datname in ('template0', 'template1')",
  "drop database template0",
  "drop database template1",
  "alter system set wal_recycle = on",
]

/** PGlite would try to unzip what is no tar, and nobody could catch what it throws then. */
const whole = (dump: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> => {
  if ([...filesOf(dump)].some(({ path }) => path === "/PG_VERSION")) return dump
  throw new Error("no database")
}

/** PGlite of another version cannot read the files. */
const fileOf = async (name: string): Promise<string> => {
  const entry = fileURLToPath(import.meta.resolve("@electric-sql/pglite"))
  const { version } = JSON.parse(await readFile(join(dirname(entry), "../package.json"), "utf8")) as { version: string }
  return join(dirname(entry), `../../../.cache/roomlog/pglite-${version}-${name}.tar`)
}

/** Whoever sees the file sees all of it. */
const keep = async (file: string, dump: Blob): Promise<void> => {
  const part = `${file}.${randomUUID()}`
  await mkdir(dirname(file), { recursive: true })
  await writeFile(part, Buffer.from(await dump.arrayBuffer()))
  await rename(part, file).catch((cause: unknown) => rm(part, { force: true }).finally(() => Promise.reject(cause)))
}

/** Where nothing can be written, every database is made anew. */
const ignored = () => undefined
