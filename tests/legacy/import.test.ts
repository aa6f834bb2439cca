import { mkdtemp } from "node:fs/promises"
import { join } from "node:path"
import { writeSqlite } from "./import-old.ts"
import { importSuite } from "./import-suite.ts"

importSuite("SQLite into the embedded database", {
  nowhere: async (dataDir) => ({ DATA_DIR: dataDir }),
  old: async (folder) => join(await mkdtemp(join(folder, "old-")), "db.sqlite3"),
  write: async (old, data) => writeSqlite(old, data),
})
