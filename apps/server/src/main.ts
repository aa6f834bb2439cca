#!/usr/bin/env node
import { enableCompileCache, flushCompileCache } from "node:module"
import { join } from "node:path"

const stop = new AbortController()
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort())
// Whoever read our lines has gone, as `head` does: there is nobody left to tell.
process.stdout.on("error", () => process.exit(0))

// Compiled code stays beside the packages, where only who may change them may write: the next start needs a third less.
enableCompileCache(join(import.meta.dirname, "../../../node_modules/.cache/roomlog"))
const { terminal } = await import("./cli/io.ts")
const { roomlog } = await import("./cli/program.ts")
flushCompileCache()
const code = await roomlog(process.argv.slice(2), terminal(stop.signal))
process.stdout.write("", () => process.exit(code))
