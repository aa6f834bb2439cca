import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { TestPostgres } from "@roomlog/log/testing"
import { type Child, startChild } from "./child.ts"
import { openDatabase } from "./database.ts"
import type { System } from "./system.ts"

/** The built server, and its command line. */
export const program = fileURLToPath(new URL("../../../server/dist/main.js", import.meta.url))

/** Where a Roomlog keeps everything: in a Postgres, or with its embedded database in its folder. */
export interface Home {
  readonly folder: string
  readonly databaseUrl?: string
  readonly leave: () => void
}

/** A new home. */
export const newHome = async (postgres?: TestPostgres): Promise<Home> => {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-bench-"))
  const databaseUrl = await postgres?.freshDatabase()
  return {
    folder,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    leave: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Roomlog as `npm start` runs it, with its defaults; only the rates are raised, as nobody here ever rests. */
export const startAt = ({ folder, databaseUrl }: Home, more: Record<string, string> = {}): Promise<Child> =>
  startChild(program, {
    ...unhurried,
    DATA_DIR: folder,
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    ...more,
  })

/** How many nodes there are, and what is set otherwise than by default. */
interface Special {
  readonly nodes?: number
  readonly settings?: Record<string, string>
}

/** The same in a new database, for one conversation. */
export const startRoomlog = async (
  postgres: TestPostgres,
  { nodes = 1, settings = {} }: Special = {},
): Promise<System> => {
  const database = await openDatabase(postgres)
  const { leave, folder } = await newHome()
  const home = { folder, databaseUrl: database.url, leave }
  const first = await startAt(home, settings)
  const others = await Promise.all(Array.from({ length: nodes - 1 }, () => startAt(home, settings)))
  return {
    url: first.url,
    pid: first.pid,
    others,
    dialect: "roomlog",
    databaseCpu: database.cpu,
    stored: () => database.count("item where id is not null"),
    stop: async () => {
      await Promise.all([first, ...others].map(({ stop }) => stop()))
      await database.close()
      leave()
    },
  }
}

const unhurried = {
  PORT: "0",
  LOG_LEVEL: "error",
  CONNECTIONS_PER_PERSON: "100000",
  RATE_POSTS: "1000000/1",
  RATE_JOINS: "1000000/1",
  RATE_UPLOADS: "1000000/1",
  RATE_SIGN_INS: "1000000/1",
  RATE_OLD_JOINS: "1000000/1",
}
