import { once } from "node:events"
import { Effect, Exit, Scope } from "effect"
import { pino } from "pino"
import type { Config } from "../config.ts"
import { v7 } from "../ids.ts"
import type { Command } from "./command.ts"

export const serve: Command = {
  name: "serve",
  wants: [],
  meaning: "Serves until it is told to stop; what `roomlog` alone does",
  options: {},
  run: async (given, io) => {
    const config = given.config()
    const logger = pino({
      level: config.logLevel,
      redact: ["req.headers.cookie", "req.headers.authorization", "token"],
    })
    // The other commands need no door, and start faster without all of them.
    const { startServer } = await import("../server.ts")
    const scope = Effect.runSync(Scope.make())
    const start = startServer(config, { now: Date.now, newId: v7, logger })
    // What was opened before it failed is closed: a node that never served leaves no sign of life behind.
    const { url } = await Effect.runPromise(Scope.provide(start, scope)).catch(async (problem: unknown) => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      throw problem
    })
    io.say(welcome(url, config))
    if (!io.stop.aborted) await once(io.stop, "abort")
    setTimeout(() => process.exit(1), 10_000).unref()
    await Effect.runPromise(Scope.close(scope, Exit.void))
    return 0
  },
}

const welcome = (url: string, { dataDir, databaseDir }: Config): string => {
  const database = databaseDir
    ? `embedded, in ${databaseDir}\n            (it survives a crash of this process, but not a power cut: for that, set DATABASE_URL)`
    : "Postgres, as DATABASE_URL says"
  return `Roomlog listens on ${url}\n  database  ${database}\n  data      ${dataDir}`
}
