import { startRoomlog } from "@roomlog/testing"
import { restSuite } from "./restSuite.ts"

restSuite("PGlite", () => startRoomlog({ settings: { LOG_LEVEL: "error" } }))
