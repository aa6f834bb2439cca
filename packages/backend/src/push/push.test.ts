import { type Driver, openPglite } from "@roomlog/log"
import { Effect, Exit, Scope } from "effect"
import { afterAll, beforeAll } from "vitest"
import { pushSuite } from "./suite.ts"

/** One PGlite for all stories, because starting one takes seconds, and a schema for each. */
let db: Driver
let schemas = 0
const scope = Scope.makeUnsafe()
beforeAll(async () => {
  db = await Effect.runPromise(Scope.provide(openPglite(), scope))
}, 60_000)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const emptySchema = Effect.promise(async () => {
  schemas += 1
  await db.script(`create schema s${schemas}; set search_path to s${schemas}`)
  return db
})

pushSuite("PGlite", emptySchema)
