import { startPostgres } from "@roomlog/log/testing"
import { startRoomlog } from "@roomlog/testing"
import { systemSuite } from "./suite.ts"

systemSuite("Postgres, one node", async () => {
  const postgres = await startPostgres()
  const roomlog = await startRoomlog({
    databaseUrl: await postgres.freshDatabase(),
    settings: { LOG_LEVEL: "error" },
  })
  return {
    url: roomlog.url,
    nodes: [roomlog.url],
    stop: async () => {
      await roomlog[Symbol.asyncDispose]()
      await postgres.stop()
    },
  }
})
