import { fileURLToPath } from "node:url"
import type { TestPostgres } from "@roomlog/log/testing"
import { startChild } from "./child.ts"
import { openDatabase } from "./database.ts"
import type { System } from "./system.ts"

/**
 * What people write instead: Socket.IO and postgres.js, insert then emit. With the driver as it is published, or as it is
 * mended here (docs/decisions/0008).
 */
export const startNaive = async (postgres: TestPostgres, driver?: "mended"): Promise<System> => {
  const database = await openDatabase(postgres)
  const child = await startChild(fileURLToPath(new URL("naiveServer.ts", import.meta.url)), {
    DATABASE_URL: database.url,
    ...(driver === undefined ? {} : { MENDED: "yes" }),
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
