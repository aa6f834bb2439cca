import { inspect } from "node:util"
import { DatabaseError, openPostgres } from "@roomlog/log"
import { startPostgres } from "@roomlog/log/testing"
import { Effect } from "effect"
import { expect, test } from "vitest"
import { harmless } from "./harmless.ts"
import { keepingLogger, TestScope } from "./testing.ts"

test("the errors of Postgres and of its driver are logged without statements, parameters and rows", async () => {
  await using scope = new TestScope()
  const { url } = await scope.open(
    Effect.acquireRelease(
      Effect.promise(() => startPostgres()),
      (postgres) => Effect.promise(() => postgres.stop("immediate")),
    ),
  )
  const { query, script } = await scope.open(openPostgres({ url, allowUnsafe: true }))
  await script("create table said (text text primary key, number int check (number > 0))")
  await query("insert into said values ($1, 1)", ["meet me at noon"])
  const { logger, lines } = keepingLogger("debug")
  const safe = logger.child({}, { serializers: { err: harmless } })
  for (const [text, params] of questions) {
    const error = await query(text, params).catch((no: unknown) => no)
    expect(error).toBeInstanceOf(DatabaseError)
    expect(inspect(error, { depth: 9, showHidden: true })).toContain("noon")
    safe.error({ err: error }, "failed")
  }
  expect(lines.map(({ err }) => (err as { code: string }).code)).toEqual(["23505", "23514", "22P02", "22P02", "42P01"])
  expect(JSON.stringify(lines)).not.toContain("noon")
})

const questions: ReadonlyArray<readonly [text: string, params: ReadonlyArray<unknown>]> = [
  ["insert into said values ($1, 2)", ["meet me at noon"]],
  ["insert into said values ($1, -1)", ["another noon"]],
  ["select $1::text::int", ["noon"]],
  ["select $1::text::jsonb", ['{"text": noon']],
  ["select * from nowhere where text = $1", ["noon"]],
]
