#!/usr/bin/env node
import { terminal } from "./cli/io.ts"
import { roomlog } from "./cli/program.ts"

const stop = new AbortController()
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort())
// Whoever read our lines has gone, as `head` does: there is nobody left to tell.
process.stdout.on("error", () => process.exit(0))

const code = await roomlog(process.argv.slice(2), terminal(stop.signal))
process.stdout.write("", () => process.exit(code))
