import postgres from "postgres"
import { startPostgres } from "./testing.ts"

const t = performance.now()
const pg = await startPostgres()
console.log(performance.now() - t, pg.url)
const url = await pg.freshDatabase()
const sql = postgres(url, { max: 2 })
console.log(await sql`select version()`, await pg.cutConnections(url))
await sql.end()
for (const how of ["fast", "immediate", "crash"] as const) {
  const t = performance.now()
  await pg.restart(how)
  console.log(how, performance.now() - t)
}
if (process.argv[2]) process.kill(process.pid, "SIGKILL")
await pg.stop()
