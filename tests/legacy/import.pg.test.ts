import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { afterAll, beforeAll } from "vitest"
import { writePostgres } from "./import-old.ts"
import { importSuite } from "./import-suite.ts"

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.stop())

importSuite("Postgres into Postgres", {
  nowhere: async (dataDir) => ({ DATA_DIR: dataDir, DATABASE_URL: await server.freshDatabase() }),
  old: () => server.freshDatabase(),
  write: writePostgres,
})
