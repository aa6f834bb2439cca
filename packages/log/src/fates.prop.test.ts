import { randomUUID } from "node:crypto"
import { setImmediate as nextTurn } from "node:timers/promises"
import { Effect, Exit, Result, Scope } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { checkInvariants } from "./check.ts"
import { DatabaseError, Refused, type Stored, type Submission } from "./contract.ts"
import { type Counter, command, counterMigrations, counting, type Do, decide, evolve } from "./counters.ts"
import type { Driver } from "./driver.ts"
import { openLog } from "./log.ts"
import { migrate } from "./migrations.ts"
import { openPglite } from "./pglite.ts"

let db: Driver
let schemas = 0
const scope = Scope.makeUnsafe()
beforeAll(async () => {
  db = await Effect.runPromise(Scope.provide(openPglite(), scope))
}, 120_000)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const streams = Array.from({ length: 3 }, () => randomUUID())
const content: fc.Arbitrary<Do> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant("open" as const), name: fc.constantFrom("a", "b", "c") }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("add" as const), by: fc.integer({ min: -3, max: 3 }) }) },
)
/** Something said so many turns of the event loop after what was said before it. */
const said = fc.record({ stream: fc.constantFrom(...streams), content, turns: fc.nat({ max: 3 }) })

/** What becomes of a statement that appends: of another node that was first it is known how often it spoke. */
type Fate = { readonly is: "stands" | "lost before" | "lost after" } | { readonly is: "beaten"; readonly by: number }
const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ is: "stands" as const }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constantFrom("lost before" as const, "lost after" as const) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("beaten" as const), by: fc.integer({ min: 1, max: 3 }) }) },
)

test(
  "a command is carried out once or refused, also when the statement's answer is lost or another node is first",
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(said, { minLength: 1, maxLength: 12 }),
        fc.array(fate, { maxLength: 6 }),
        async (all, fates) => {
          schemas += 1
          await db.script(`create schema p${schemas}; set search_path to p${schemas}`)
          await Effect.runPromise(Effect.scoped(migrate(db, "counters", counterMigrations)))
          await Effect.runPromise(Effect.scoped(spoken(all, fates)))
          expect(await checkInvariants(db.query)).toEqual([])
        },
      ),
      { numRuns: 60 },
    ),
  240_000,
)

interface Said {
  readonly stream: string
  readonly content: Do
  readonly turns: number
}

const spoken = (all: ReadonlyArray<Said>, fates: ReadonlyArray<Fate>) =>
  Effect.gen(function* () {
    const other = yield* openLog({ driver: db, judge: counting(), parts: 1 })
    const beats = command(streams[0]!, { do: "open", name: "other" })
    yield* other.submit(beats)
    const left = [...fates]
    const asked = all.map(({ stream, content }) => command(stream, content))
    const firsts: Array<Submission<Do>> = []
    const first = () => {
      firsts.push(command(streams[0]!, { do: "add", by: 1 }))
      return firsts.at(-1)!
    }
    const query: Driver["query"] = async (text, params) => {
      const next = text.includes("insert into event") ? left.shift() : undefined
      if (next?.is === "lost before") throw lost
      if (next?.is === "beaten") for (let i = 0; i < next.by; i++) await Effect.runPromise(other.submit(first()))
      const rows = await db.committing.query(text, params)
      if (next?.is === "lost after") throw lost
      return rows as never
    }
    const driver = { ...db, committing: { ...db.committing, query } }
    const log = yield* openLog({ driver, judge: counting(), parts: 1 })
    const heard: Array<Stored> = []
    log.onAppended((events) => heard.push(...events))
    const answers = yield* Effect.promise(() =>
      Promise.all(
        asked.map(async (submission, i) => {
          const turns = all.slice(0, i + 1).reduce((sum, { turns }) => sum + turns, 0)
          for (let turn = 0; turn < turns; turn++) await nextTurn()
          return Effect.runPromiseExit(log.submit(submission))
        }),
      ),
    )
    yield* log.submit(command(streams[0]!, { do: "note", text: "the end" }))
    const events = yield* log.readPart(0, 1, 10_000)
    expect(heard).toEqual(events)
    for (const [i, answer] of answers.entries()) {
      const done = events.filter(({ command }) => command === asked[i]!.command)
      if (Exit.isSuccess(answer)) expect(done.at(-1)).toMatchObject({ pos: answer.value.pos, seq: answer.value.seq })
      else expect([done, Result.getOrThrow(Exit.findError(answer))]).toEqual([[], expect.any(Refused)])
    }
    const rows = yield* Effect.promise(() => log.query<Counter & { readonly id: string }>("select * from counter"))
    for (const { id, name, total } of rows) {
      const story = yield* log.readStream(id, 0, 10_000)
      expect(story.reduce<Counter | null>(evolve, null)).toEqual({ name, total })
    }
    const carriedOut = events.flatMap(({ command }) => [...asked, ...firsts].filter((one) => one.command === command))
    expect(clerk(carriedOut)).toEqual(carriedOut.map(() => "yes"))
    // With these, whoever was not carried out at first is judged again, after what stands by then.
    if (fates.some(({ is }) => is === "lost after" || is === "beaten")) return
    expect(answers.map((answer) => (Exit.isSuccess(answer) ? "yes" : "no"))).toEqual(clerk(asked))
  })

/** One command at a time, in this order. */
const clerk = (all: ReadonlyArray<Submission<Do>>): ReadonlyArray<"yes" | "no"> => {
  const counters = new Map<string, Counter | null>([[streams[0]!, { name: "other", total: 0 }]])
  return all.map(({ stream, content }) => {
    const counter = counters.get(stream) ?? null
    const taken = content.do === "open" && [...counters.values()].some((other) => other?.name === content.name)
    const verdict = decide(content, counter, taken)
    if (Result.isFailure(verdict)) return "no"
    counters.set(stream, verdict.success.reduce<Counter | null>(evolve, counter))
    return "yes"
  })
}

const lost = new DatabaseError({ code: "connection", message: "The answer is lost" })
