import { startRoomlog } from "@roomlog/testing"
import { systemSuite } from "./suite.ts"

systemSuite("PGlite", async () => {
  const roomlog = await startRoomlog({ settings: { LOG_LEVEL: "error" } })
  return { url: roomlog.url, nodes: [roomlog.url], stop: () => roomlog[Symbol.asyncDispose]() }
})
