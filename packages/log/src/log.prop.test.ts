import { randomUUID } from "node:crypto"
import { Effect, Exit, Result, Scope } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { checkInvariants } from "./check.ts"
import {
  CommandReused,
  type DatabaseError,
  type Log,
  type Receipt,
  Refused,
  type Stored,
  type Submission,
} from "./contract.ts"
import { type Counter, counterMigrations, counting, type Do, decide, evolve, type No } from "./counters.ts"
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

const streams = Array.from({ length: 4 }, () => randomUUID())
const content: fc.Arbitrary<Do> = fc.oneof(
  fc.record({ do: fc.constant("open" as const), name: fc.constantFrom("a", "b", "c") }),
  fc.record({
    do: fc.constant("add" as const),
    by: fc.integer({ min: -5, max: 5 }),
    times: fc.integer({ min: 1, max: 3 }),
  }),
)

type Step =
  | { readonly is: "new"; readonly stream: string; readonly content: Do }
  | { readonly is: "again"; readonly which: number }
  | { readonly is: "reused"; readonly which: number; readonly content: Do }

/** What happens: a new command, an old one again, an old id with new words; or the log is closed and opened. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ is: fc.constant("new" as const), stream: fc.constantFrom(...streams), content }),
  },
  { weight: 3, arbitrary: fc.record({ is: fc.constant("again" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant("reused" as const), which: fc.nat(), content }) },
)
const day = fc.array(fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 3,
})

test(
  "whatever is submitted, in whatever groups, by nodes that come and go: the log does what one patient clerk would do",
  () =>
    fc.assert(
      fc.asyncProperty(day, async (openings) => {
        schemas += 1
        await db.script(`create schema p${schemas}; set search_path to p${schemas}`)
        await Effect.runPromise(Effect.scoped(migrate(db, "counters", counterMigrations)))
        const clerk = new Clerk()
        for (const groups of openings) await Effect.runPromise(Effect.scoped(whileOpen(groups, clerk)))
        expect(await checkInvariants(db.query)).toEqual([])
        const rows = await db.query<Counter & { readonly id: string }>("select id, name, total from counter")
        expect(new Map(rows.map(({ id, name, total }) => [id, { name, total }]))).toEqual(clerk.counters)
      }),
      { numRuns: 40 },
    ),
  240_000,
)

const whileOpen = (groups: ReadonlyArray<ReadonlyArray<Step>>, clerk: Clerk) =>
  Effect.gen(function* () {
    const log: Log<Do, No> = yield* openLog({ driver: db, judge: counting(), parts: 1 })
    const heard: Array<Stored> = []
    const before = yield* log.head(0)
    log.onAppended((events) => heard.push(...events))
    for (const group of groups) {
      const submissions = group.map((next) => clerk.submission(next))
      const expected = clerk.answers(submissions)
      const answers = yield* Effect.all(
        submissions.map((submission) => Effect.exit(log.submit(submission))),
        { concurrency: "unbounded" },
      )
      expect(answers.map(short)).toEqual(expected)
    }
    const events = yield* log.readPart(0, before, 10_000)
    expect(events).toEqual(heard)
    for (const stream of streams) {
      const story = yield* log.readStream(stream, 0, 10_000)
      expect(story.reduce<Counter | null>(evolve, null)).toEqual(clerk.counters.get(stream) ?? null)
    }
  })

/** The model: one command at a time, from a book. */
class Clerk {
  readonly counters = new Map<string, Counter>()
  readonly #seqs = new Map<string, number>()
  readonly #asked: Array<Submission<Do>> = []
  readonly #answered = new Map<string, { readonly content: string; readonly seq: number }>()

  submission(next: Step): Submission<Do> {
    const old = next.is === "new" ? undefined : this.#asked[next.which % this.#asked.length]
    if (next.is === "again" && old) return old
    const fresh = { actor: randomUUID(), command: randomUUID(), stream: next.is === "new" ? next.stream : streams[0]! }
    const words = next.is === "again" ? ({ do: "open", name: "a" } as const) : next.content
    const submission = { ...fresh, ...(old ?? {}), content: words }
    this.#asked.push(submission)
    return submission
  }

  /** Of commands that come in together, a repeat gets the answer of the first; an id with other words waits for it. */
  answers(together: ReadonlyArray<Submission<Do>>): ReadonlyArray<string> {
    const answers: Array<string> = []
    const firsts = new Map<string, { readonly words: string; readonly answer: string; readonly turn: number }>()
    const later: Array<{ readonly at: number; readonly turn: number }> = []
    for (const [at, submission] of together.entries()) {
      const words = JSON.stringify(submission.content)
      const first = firsts.get(submission.command)
      if (first && first.words !== words) later.push({ at, turn: first.turn })
      else if (first) answers[at] = first.answer.replace("yes", "again")
      else {
        const wasDone = this.#answered.has(submission.command)
        const answer = this.#answer(submission)
        answers[at] = answer
        if (!wasDone) firsts.set(submission.command, { words, answer, turn: answer.startsWith("no") ? at + 100 : at })
      }
    }
    later.sort((a, b) => a.turn - b.turn)
    const afterwards = later.length > 0 ? this.answers(later.map(({ at }) => together[at]!)) : []
    for (const [i, { at }] of later.entries()) answers[at] = afterwards[i]!
    return answers
  }

  #answer({ stream, command, content }: Submission<Do>): string {
    const done = this.#answered.get(command)
    if (done) return done.content === JSON.stringify(content) ? `again ${done.seq}` : "reused"
    const counter = this.counters.get(stream) ?? null
    const name = content.do === "open" ? content.name : undefined
    const taken = [...this.counters].some(([id, other]) => id !== stream && other.name === name)
    const verdict = decide(content, counter, taken)
    if (Result.isFailure(verdict)) return `no ${verdict.failure}`
    const seq = (this.#seqs.get(stream) ?? 0) + verdict.success.length
    this.counters.set(stream, verdict.success.reduce<Counter | null>(evolve, counter)!)
    this.#seqs.set(stream, seq)
    this.#answered.set(command, { content: JSON.stringify(content), seq })
    return `yes ${seq}`
  }
}

const short = (answer: Exit.Exit<Receipt, Refused<No> | CommandReused | DatabaseError>): string => {
  if (Exit.isSuccess(answer)) return `${answer.value.repeated ? "again" : "yes"} ${answer.value.seq}`
  const error = Exit.findError(answer)
  if (Result.isFailure(error)) return "defect"
  if (error.success instanceof CommandReused) return "reused"
  return error.success instanceof Refused ? `no ${error.success.refusal}` : error.success.code
}
