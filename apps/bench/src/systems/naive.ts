import { fileURLToPath } from "node:url"
import type { TestPostgres } from "@roomlog/log/testing"
import { startChild } from "./child.ts"
import { openDatabase } from "./database.ts"
import type { System } from "./system.ts"

/** What people write instead: Socket.IO and postgres.js, insert then emit. */
export const startNaive = async (postgres: TestPostgres): Promise<System> => {
  const database = await openDatabase(postgres)
  const child = await startChild(fileURLToPath(new URL("naiveServer.ts", import.meta.url)), {
    DATABASE_URL: database.url,
  })
  return {
    ...child,
    dialect: "naive",
    databaseCpu: database.cpu,
    stored: () => database.count("message"),
    stop: async () => {
      await child.stop()
      await database.close()
    },
  }
}
