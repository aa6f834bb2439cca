import { startPostgres } from "@roomlog/log/testing"
import { startRoomlog } from "@roomlog/testing"
import { restSuite } from "./restSuite.ts"

restSuite("Postgres", async () => {
  const postgres = await startPostgres()
  const roomlog = await startRoomlog({ databaseUrl: await postgres.freshDatabase(), settings: { LOG_LEVEL: "error" } })
  return {
    ...roomlog,
    [Symbol.asyncDispose]: async () => {
      await roomlog[Symbol.asyncDispose]()
      await postgres.stop()
    },
  }
})
