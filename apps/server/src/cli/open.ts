import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Driver, Query } from "@roomlog/log"
import { Effect } from "effect"
import type { Config } from "../config.ts"
import { openForOperator } from "../database.ts"

/** Works on the database of a Roomlog and closes it. Throws when there is no Roomlog yet. */
export const withRoomlog = <A>(config: Config, work: (driver: Driver) => Promise<A>): Promise<A> => {
  const { databaseDir } = config
  if (databaseDir !== undefined && !existsSync(join(databaseDir, "pg")))
    throw new Error(`There is no Roomlog in ${config.dataDir} yet. Start one, or set DATA_DIR or DATABASE_URL.`)
  return withDatabase(config, async (driver) => {
    if (!(await hasLog(driver.query)))
      throw new Error("There is no Roomlog in this database yet. Run `roomlog migrate`, or start one.")
    return work(driver)
  })
}

/** Works on a database, whatever it holds, and closes it. */
export const withDatabase = <A>(config: Config, work: (driver: Driver) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openForOperator(config), (driver) =>
        Effect.tryPromise({ try: () => work(driver), catch: (cause) => cause }),
      ),
    ),
  )

/** Whether a Roomlog is in this database. */
export const hasLog = async (query: Query): Promise<boolean> => {
  const [found] = await query("select 1 where to_regclass('event') is not null and to_regclass('agreed') is not null")
  return found !== undefined
}
