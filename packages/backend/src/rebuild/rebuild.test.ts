import { openPglite } from "@roomlog/log"
import { rebuildSuite } from "./suite.ts"

rebuildSuite("PGlite", openPglite())
