import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { TestPostgres } from "@roomlog/log/testing"
import { startChild } from "./child.ts"
import { type Database, openDatabase } from "./database.ts"
import type { System } from "./system.ts"

const main = fileURLToPath(new URL("../../../server/src/main.ts", import.meta.url))

/** Roomlog as `npm start` runs it, with its defaults; only the rates are raised, as talkers here never rest. */
export const startRoomlog = async (postgres: TestPostgres, more: Record<string, string> = {}): Promise<System> => {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-bench-"))
  const database: Database = await openDatabase(postgres)
  const child = await startChild(main, { ...unhurried, DATA_DIR: folder, DATABASE_URL: database.url, ...more })
  return {
    ...child,
    dialect: "roomlog",
    databaseCpu: database.cpu,
    stored: () => database.count("item where id is not null"),
    stop: async () => {
      await child.stop()
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Settings without limits that would stop a measurement. */
export const unhurried = {
  PORT: "0",
  LOG_LEVEL: "error",
  CONNECTIONS_PER_PERSON: "100000",
  RATE_POSTS: "1000000/1",
  RATE_JOINS: "1000000/1",
  RATE_UPLOADS: "1000000/1",
  RATE_SIGN_INS: "1000000/1",
  RATE_OLD_JOINS: "1000000/1",
}
