import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { PGlite, Transaction } from "@electric-sql/pglite"
import { Effect, type Scope } from "effect"
import type { DatabaseError, Query } from "./contract.ts"
import { CannotOpen, type Driver, databaseError, type FolderInUse, passingThrough } from "./driver.ts"
import { lockFolder } from "./folder-lock.ts"
import { type Migration, takeSteps } from "./migrations.ts"
import { fromTemplate, type Template } from "./pglite-template.ts"

export interface PgliteOptions {
  /** Where the database lives; made when it is not there. In memory when left out. */
  readonly folder?: string
  /** Lists of steps that a new database has taken already. One that is there is brought up to date by `migrate`. */
  readonly taken?: Lists
}

type Lists = ReadonlyArray<readonly [list: string, steps: ReadonlyArray<Migration>]>

/**
 * Opens the embedded Postgres for this process alone, and closes it with the scope.
 * What it acknowledged survives the process, not a power cut: PGlite never calls fsync.
 */
export const openPglite = (
  options: PgliteOptions = {},
): Effect.Effect<Driver, FolderInUse | CannotOpen | DatabaseError, Scope.Scope> =>
  Effect.gen(function* () {
    const { folder, taken = [] } = options
    if (folder !== undefined) {
      yield* Effect.tryPromise({ try: () => mkdir(folder, { recursive: true }), catch: cannotMake(folder) })
      yield* Effect.acquireRelease(lockFolder(folder), (unlock) => Effect.sync(unlock))
    }
    const db = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => create(folder, templateOf(taken)), catch: databaseError }),
      (db) => Effect.promise(() => db.close().catch(() => undefined)),
    )
    return driverOf(db)
  })

const create = async (folder: string | undefined, template: Template): Promise<PGlite> => {
  // Nodes on Postgres start without it.
  const [{ PGlite }, { Dump, Filled }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("./pglite-files.ts"),
  ])
  if (folder === undefined) {
    const startParams = [...PGlite.defaultStartParams, ...smallCache]
    return fromTemplate(
      ({ dump, ...anew }) => PGlite.create({ parsers, startParams, ...(dump ? { fs: new Filled(dump) } : anew) }),
      template,
    )
  }
  const dataDir = join(folder, "pg")
  if (existsSync(dataDir)) return PGlite.create({ parsers, dataDir })
  return fromTemplate(async ({ dump, ...anew }) => {
    // Of a template that could not be used there may be half.
    await rm(dataDir, { recursive: true, force: true })
    return PGlite.create({ parsers, dataDir, ...(dump ? { loadDataDir: new Dump(dump) } : anew) })
  }, template)
}

const templateOf = (lists: Lists): Template => ({
  name: createHash("sha256").update(JSON.stringify(lists)).digest("hex").slice(0, 12),
  fill: async (db) => {
    for (const [list, steps] of lists) await takeSteps(driverOf(db), list, steps)
  },
})

const parsers = { 20: Number }

/** Where files are memory, a cache of them is of little use, and filling Postgres's usual 128 MB with zeros is a third of a start. */
const smallCache = ["-c", "shared_buffers=16MB"]

const cannotMake = (folder: string) => (cause: unknown) =>
  new CannotOpen({
    message: `The folder ${folder} cannot be made (${String(cause)}). Choose a folder that this user may write to.`,
  })

const driverOf = (db: PGlite): Driver => ({
  engine: "pglite",
  shared: false,
  ...runningOn(db),
  committing: inTurns(runningOn(db)),
  script: scriptOn(db),
  listen: async (channel, heard, ready) => {
    const stop = await db.listen(channel, heard).catch(rethrow)
    ready()
    return stop
  },
  notify: async (channel, payload) => {
    await db.query("select pg_notify($1, $2)", [channel, payload]).catch(rethrow)
  },
})

const runningOn = (db: PGlite): Driver["committing"] => ({
  query: queryOn(db),
  transaction: (work) => passingThrough((passing) => db.transaction((tx) => passing(work(queryOn(tx), scriptOn(tx))))),
})

/** PGlite answers without a turn of the event loop: somebody who appends again and again would let nobody else speak. */
const inTurns = ({ query, transaction }: Driver["committing"]): Driver["committing"] => ({
  query: async (text, params) => {
    await nextTurn()
    return query(text, params)
  },
  transaction,
})

const queryOn =
  (db: PGlite | Transaction): Query =>
  async <Row extends object>(text: string, params: ReadonlyArray<unknown> = []) =>
    (await db.query<Row>(text, [...params]).catch(rethrow)).rows

const scriptOn = (db: PGlite | Transaction) => async (sql: string) => {
  await db.exec(sql).catch(rethrow)
}

const rethrow = (cause: unknown): never => {
  throw databaseError(cause)
}
