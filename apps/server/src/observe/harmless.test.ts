import { inspect } from "node:util"
import { DatabaseError, openPglite } from "@roomlog/log"
import { expect, test } from "vitest"
import { harmless } from "./harmless.ts"
import { TestScope } from "./testing.ts"

const secret = "meet me at noon"
const questions: ReadonlyArray<readonly [text: string, params: ReadonlyArray<string>]> = [
  ["select $1::int", [secret]],
  ["select $1::jsonb", [`{"text": ${secret}`]],
  [`select '${secret}'::uuid`, []],
]
/** Everything that a logger could make of it. */
const written = (error: unknown) => JSON.stringify(harmless(error))

test("a database's error is told by its code and its constraint, and by where it was", () => {
  const cause = Object.assign(new Error(`duplicate key: (text)=(${secret})`), {
    name: "PostgresError",
    code: "23505",
    detail: `Key (text)=(${secret}) already exists.`,
    query: `insert into message values ('${secret}')`,
    parameters: [secret],
    args: [secret],
    params: [secret],
  })
  const error = new DatabaseError({ code: "23505", constraint: "event_command", message: cause.message, cause })
  expect(written(error)).not.toContain("noon")
  expect(harmless(error)).toMatchObject({
    type: "DatabaseError",
    code: "23505",
    constraint: "event_command",
    cause: { type: "PostgresError", code: "23505" },
  })
  expect(harmless(error).stack).toMatch(/harmless\.test/)
})

test("what a real database says of values and statements that it cannot use keeps no word of them", async () => {
  await using scope = new TestScope()
  const { query } = await scope.open(openPglite())
  for (const [text, params] of questions) {
    const error = await query(text, params).catch((no: unknown) => no)
    expect(error).toBeInstanceOf(DatabaseError)
    expect(inspect(error, { depth: 9, showHidden: true })).toContain("noon")
    expect(written(error)).not.toContain("noon")
    expect(harmless(error)).toMatchObject({ type: "DatabaseError", code: expect.stringMatching(/^22/) })
  }
})

test("parsers quote what they cannot parse, and are not quoted", () => {
  const thrown = (work: () => unknown): unknown => {
    try {
      return work()
    } catch (error) {
      return error
    }
  }
  const syntax = thrown(() => JSON.parse(secret))
  expect(String(syntax)).toContain("meet")
  expect(written(syntax)).not.toContain("meet")
  expect(harmless(syntax)).toMatchObject({ type: "SyntaxError" })
  expect(written(new Error(`${secret}\n    at ${secret} (somewhere.js:1:1)`))).not.toContain("noon")
  expect(written(secret)).not.toContain("noon")
  expect(written({ text: secret })).not.toContain("noon")
})

test("what is wrong with the machine or the program is said", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:5432"), { code: "ECONNREFUSED", errno: -111 })
  expect(harmless(refused)).toMatchObject({ message: "connect ECONNREFUSED 127.0.0.1:5432", code: "ECONNREFUSED" })
  const lost = new DatabaseError({ code: "57P01", message: "terminating connection", cause: refused })
  expect(harmless(lost)).toMatchObject({ message: "terminating connection", cause: { code: "ECONNREFUSED" } })
  expect(harmless(new TypeError("x is not a function"))).toMatchObject({ message: "x is not a function" })
})

test("a circle of causes ends", () => {
  const error = new Error("round")
  error.cause = error
  expect(written(error).length).toBeLessThan(20_000)
})
