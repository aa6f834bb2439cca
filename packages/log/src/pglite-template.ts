import { randomUUID } from "node:crypto"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { PGlite } from "@electric-sql/pglite"

/** Makes a database where there is none, from a dump of files when there is one. */
type Create = (files: { readonly loadDataDir?: Blob }) => Promise<PGlite>

/**
 * An empty database. The first on a machine is made by Postgres's own means, which takes seconds; its files are
 * kept beside the packages, and every later one begins with them. A file that cannot be used is made anew.
 */
export const fromTemplate = async (create: Create, file?: string): Promise<PGlite> => {
  const template = file ?? (await templateFile())
  const made = await readFile(template)
    .then((kept) => create({ loadDataDir: new Blob([kept]) }))
    .catch(ignored)
  if (made !== undefined) return made
  const db = await create({})
  await keep(template, await db.dumpDataDir("none")).catch(ignored)
  return db
}

/** One for each version of PGlite: others cannot read its files. */
const templateFile = async (): Promise<string> => {
  const entry = fileURLToPath(import.meta.resolve("@electric-sql/pglite"))
  const { version } = JSON.parse(await readFile(join(dirname(entry), "../package.json"), "utf8")) as { version: string }
  return join(dirname(entry), `../../../.cache/roomlog/pglite-${version}.tar`)
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
