#!/usr/bin/env node
import { Effect, Exit, Scope } from "effect"
import { pino } from "pino"
import { type Config, readConfig } from "./config.ts"
import { v7 } from "./ids.ts"
import { startServer } from "./server.ts"

const config = configured()
const logger = pino({ level: config.logLevel, redact: ["req.headers.cookie", "req.headers.authorization", "token"] })
const scope = Effect.runSync(Scope.make())
const start = startServer(config, { now: Date.now, newId: v7, logger })
const started = await Effect.runPromise(Scope.provide(start, scope)).catch(fail)

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, stop)
process.stdout.write(welcome(started.url, config))

/** Ends in order, and in ten seconds at most. */
async function stop(): Promise<void> {
  setTimeout(() => process.exit(1), 10_000).unref()
  await Effect.runPromise(Scope.close(scope, Exit.void))
  process.exit(0)
}

function configured(): Config {
  try {
    return readConfig(process.env)
  } catch (problem) {
    return fail(problem)
  }
}

function fail(problem: unknown): never {
  process.stderr.write(`${problem instanceof Error ? problem.message : String(problem)}\n`)
  process.exit(1)
}

function welcome(url: string, { dataDir, databaseDir }: Config): string {
  const database = databaseDir
    ? `embedded, in ${databaseDir}\n            (it survives a crash of this process, but not a power cut: for that, set DATABASE_URL)`
    : "Postgres, as DATABASE_URL says"
  return `Roomlog listens on ${url}\n  database  ${database}\n  data      ${dataDir}\n`
}
