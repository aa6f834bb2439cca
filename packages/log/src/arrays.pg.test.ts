import { Effect, Exit, Scope } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { Driver } from "./driver.ts"
import { openPostgres } from "./postgres.ts"
import { startPostgres, type TestPostgres } from "./testing.ts"

const scope = Effect.runSync(Scope.make())
let postgres: TestPostgres
let driver: Driver

beforeAll(async () => {
  postgres = await startPostgres()
  driver = await Effect.runPromise(Scope.provide(openPostgres({ url: await postgres.freshDatabase() }), scope))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  await postgres.stop()
})

/** Any text that Postgres can hold: no NUL, no half of a pair. */
const text = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.string({ unit: fc.constantFrom('"', "\\", ",", "{", "}", "\n", "\u0001", "😀", "N", "L", "U", " ") }),
  )
  .filter((drawn) => !drawn.includes("\u0000") && drawn.isWellFormed())

test("lists of anything come to the database as they were", async () => {
  const same = fc.asyncProperty(fc.array(fc.option(text)), async (list) => {
    const rows = await driver.query<{ value: string | null }>(
      "select value from unnest($1::text[]) with ordinality as given(value, place) order by place",
      [list],
    )
    expect(rows.map(({ value }) => value)).toEqual(list)
  })
  await fc.assert(same, { numRuns: 300 })
})
