import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import { type Logger, pino } from "pino"
import { readConfig } from "../config.ts"
import { v7 } from "../ids.ts"
import { startServer } from "../server.ts"

/** Opens resources for one test and closes them at its end. */
export class TestScope implements AsyncDisposable {
  readonly #scope = Effect.runSync(Scope.make())

  open<A, E>(resource: Effect.Effect<A, E, Scope.Scope>): Promise<A> {
    return Effect.runPromise(Scope.provide(resource, this.#scope))
  }

  /** Closes early what was opened. */
  close(): Promise<void> {
    return Effect.runPromise(Scope.close(this.#scope, Exit.void))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** A logger that keeps its lines. */
export const keepingLogger = (level: string): { readonly logger: Logger; readonly lines: Array<Line> } => {
  const lines: Array<Line> = []
  return { logger: pino({ level }, { write: (text: string) => void lines.push(JSON.parse(text)) }), lines }
}

export type Line = Readonly<Record<string, unknown>>

/** A whole server in memory, with these settings. */
export const openServer = (scope: TestScope, settings: Readonly<Record<string, string>>, logger: Logger) =>
  scope.open(
    Effect.gen(function* () {
      const dataDir = yield* Effect.acquireRelease(
        Effect.promise(() => mkdtemp(join(tmpdir(), "roomlog-"))),
        (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true })),
      )
      const config = readConfig({ PORT: "0", DATA_DIR: dataDir, NODE_NAME: "one", ...settings })
      return yield* startServer({ ...config, databaseDir: undefined }, { now: Date.now, newId: v7, logger })
    }),
  )

/** What a call over HTTP came to. */
export const call = async (
  url: string,
  path: string,
  input: object,
  headers: Readonly<Record<string, string>> = {},
) => {
  const response = await fetch(`${url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(input),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
