import { randomUUID } from "node:crypto"
import { Effect, Exit } from "effect"
import { expect } from "vitest"
import { CommandReused, DatabaseError, Refused, type Stored } from "./contract.ts"
import { command, counting } from "./counters.ts"
import type { Driver } from "./driver.ts"
import { openLog } from "./log.ts"
import { atOnce, open, opened, type Story, streamIn } from "./story.ts"

/** What becomes of commands. */
export const writing = (story: Story): void => {
  story("events stand in the order in which they were accepted, without a gap", (driver) =>
    Effect.gen(function* () {
      const { log, counter } = yield* opened(driver)
      const heard: Array<Stored> = []
      log.onAppended((events) => heard.push(...events))
      const many = Array.from({ length: 300 }, (_, i) => command(counter, { do: "add", by: i, times: 1 + (i % 3) }))
      const receipts = yield* Effect.all(many.map(log.submit), { concurrency: "unbounded" })
      expect(receipts.map(({ seq }) => seq)).toEqual([...receipts.map(({ seq }) => seq)].sort((a, b) => a - b))
      const events = yield* log.readStream(counter, 1, 1_000)
      expect(events).toEqual(heard)
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 2))
      expect(events.map(({ body }) => body["by"])).toEqual(
        many.flatMap(({ content }, i) => Array(1 + (i % 3)).fill("by" in content && content.by)),
      )
      expect(events.at(-1)).toMatchObject({ seq: receipts.at(-1)!.seq, pos: receipts.at(-1)!.pos, index: 2 })
      expect(yield* log.streamHead(counter)).toBe(601)
      expect(yield* log.head(0)).toBe(601)
      expect(yield* log.streamHead(randomUUID())).toBe(0)
    }),
  )

  story("a command is carried out once, however often and wherever it is asked for", (driver) =>
    Effect.gen(function* () {
      const counter = randomUUID()
      const openIt = command(counter, { do: "open", name: "once" })
      const add = command(counter, { do: "add", by: 5, times: 3 })
      const first = yield* Effect.scoped(
        Effect.gen(function* () {
          const log = yield* open(driver)
          yield* log.submit(openIt)
          const [a, b] = yield* Effect.all([log.submit(add), log.submit(add)], { concurrency: "unbounded" })
          expect(a).toMatchObject({ seq: 4, pos: 4, repeated: false })
          expect(b).toEqual({ ...a, repeated: true })
          expect(yield* log.submit(add)).toEqual(b)
          return a
        }),
      )
      const log = yield* open(driver)
      const later = command(counter, { do: "add", by: 1 })
      const answers = yield* atOnce([log.submit(later), log.submit(add), log.submit(openIt)])
      expect(answers[0]).toMatchObject({ value: { seq: 5, repeated: false } })
      expect(answers[1]).toEqual(Exit.succeed({ ...first, repeated: true }))
      expect(answers[2]).toMatchObject({ value: { seq: 1, repeated: true } })
    }),
  )

  story("whoever appends again and again keeps nobody from speaking", (driver) =>
    Effect.gen(function* () {
      const log = yield* open(driver, 2)
      const [busy, quiet] = [streamIn(0, log.partOf), streamIn(1, log.partOf)]
      yield* log.submit(command(busy, { do: "open", name: "busy" }))
      yield* log.submit(command(quiet, { do: "open", name: "quiet" }))
      let isHeard = false
      let times = 0
      // In one turn of the event loop, as far as the database lets it.
      const goOn: Effect.Effect<void, unknown> = Effect.suspend(() =>
        isHeard || ++times > 500
          ? Effect.void
          : log.submit(command(busy, { do: "add", by: 1 })).pipe(Effect.andThen(() => goOn)),
      )
      const speak = Effect.promise(() => new Promise((turn) => setTimeout(turn))).pipe(
        Effect.andThen(() => log.submit(command(quiet, { do: "add", by: 1 }))),
        Effect.andThen(Effect.sync(() => (isHeard = true))),
      )
      yield* Effect.all([goOn, speak], { concurrency: "unbounded" })
      expect(times).toBeLessThan(500)
    }),
  )

  story("a repeat that would now be refused gets its recorded answer", (driver) =>
    Effect.gen(function* () {
      const { log: before, counter } = yield* opened(driver)
      const take = command(counter, { do: "add", by: -3 })
      yield* before.submit(command(counter, { do: "add", by: 3 }))
      const receipt = yield* before.submit(take)
      const log = yield* open(driver)
      expect(yield* log.submit(take)).toEqual({ ...receipt, repeated: true })
      const other = { ...take, content: { do: "add", by: -9 } as const }
      expect(yield* Effect.flip(log.submit(other))).toEqual(new CommandReused({ command: take.command }))
    }),
  )

  story("a command's id is never used for something else, but belongs to its actor alone", (driver) =>
    Effect.gen(function* () {
      const { log, counter } = yield* opened(driver)
      const add = command(counter, { do: "add", by: 1, times: 2 })
      const sameWords = { ...add, content: { times: 2, by: 1, do: "add" } as const }
      const otherWords = { ...add, content: { do: "add", by: 2 } as const }
      const waitingTogether = yield* atOnce([log.submit(add), log.submit(otherWords)])
      expect(waitingTogether[1]).toEqual(Exit.fail(new CommandReused({ command: add.command })))
      expect(yield* Effect.flip(log.submit(otherWords))).toBeInstanceOf(CommandReused)
      expect((yield* log.submit(sameWords)).repeated).toBe(true)
      const reopened = yield* open(driver)
      expect(yield* Effect.flip(reopened.submit(otherWords))).toBeInstanceOf(CommandReused)
      expect((yield* reopened.submit(sameWords)).repeated).toBe(true)
      expect((yield* reopened.submit({ ...otherWords, actor: randomUUID() })).repeated).toBe(false)
    }),
  )

  story("refused and failing commands leave nothing behind and harm nobody", (driver) =>
    Effect.gen(function* () {
      const { log, counter } = yield* opened(driver)
      const broken = "half a pair \ud800 and a nul \u0000"
      const answers = yield* atOnce([
        log.submit(command(counter, { do: "add", by: 2 })),
        log.submit(command(counter, { do: "add", by: -3 })),
        log.submit(command(counter, { do: "note", text: broken })),
        log.submit(command(counter, { do: "break" })),
        log.submit(command("not a uuid", { do: "open", name: "x" })),
        log.submit(command(counter, { do: "add", by: -2 })),
        log.submit(command(randomUUID(), { do: "add", by: 1 })),
        log.submit({ ...command(counter, { do: "add", by: 5 }), actor: `${randomUUID()},${randomUUID()}` }),
      ])
      const succeeded = answers.map((answer) => Exit.isSuccess(answer))
      expect(succeeded).toEqual([true, false, false, false, false, true, false, false])
      expect(answers[1]).toEqual(Exit.fail(new Refused({ refusal: "BelowZero" })))
      expect(yield* Effect.flip(answers[2]!)).toBeInstanceOf(DatabaseError)
      expect(Exit.hasDies(answers[3]!)).toBe(true)
      expect(answers[6]).toEqual(Exit.fail(new Refused({ refusal: "NotOpened" })))
      expect(yield* Effect.flip(answers[7]!)).toBeInstanceOf(DatabaseError)
      expect((yield* log.readStream(counter, 0, 99)).map(({ body }) => body["by"])).toEqual([undefined, 2, -2])
    }),
  )

  story("inline rows are written with the events, and a taken name is an answer", (driver) =>
    Effect.gen(function* () {
      const log = yield* open(driver, 2)
      const [a, b] = [streamIn(0, log.partOf), streamIn(1, log.partOf)]
      const both = yield* atOnce([
        log.submit(command(a, { do: "open", name: "lobby" })),
        log.submit(command(b, { do: "open", name: "lobby" })),
      ])
      expect(both.filter(Exit.isSuccess)).toHaveLength(1)
      expect(both.filter(Exit.isFailure)).toEqual([Exit.fail(new Refused({ refusal: "NameTaken" }))])
      const winner = Exit.isSuccess(both[0]!) ? a : b
      yield* atOnce([1, 2, 3].map((by) => log.submit(command(winner, { do: "add", by }))))
      expect(yield* Effect.promise(() => log.query("select id, name, total, view from counter"))).toEqual([
        { id: winner, name: "lobby", total: 6, view: { name: "lobby", total: 6 } },
      ])
      expect(yield* Effect.promise(() => log.query("select count(*) as n from counted where open"))).toEqual([{ n: 4 }])
    }),
  )

  story("what says when it happened has its own time, and the place of when it came", (driver) =>
    Effect.gen(function* () {
      const { log, counter } = yield* opened(driver)
      const heard: Array<Stored> = []
      log.onAppended((events) => heard.push(...events))
      const add = (by: number, at?: number) => ({
        ...command(counter, { do: "add", by, times: 2 }),
        ...(at === undefined ? {} : { at }),
      })
      const old = add(2, 1_000)
      const before = Date.now()
      const receipts = yield* Effect.all([add(1), old, add(3, -5), add(4)].map(log.submit), {
        concurrency: "unbounded",
      })
      expect(receipts.slice(1, 3)).toMatchObject([
        { seq: 5, at: 1_000 },
        { seq: 7, at: -5 },
      ])
      const events = yield* log.readStream(counter, 1, 99)
      expect(events).toEqual(heard)
      expect(events.map(({ body }) => body["by"])).toEqual([1, 1, 2, 2, 3, 3, 4, 4])
      expect(events.map(({ pos }) => pos)).toEqual([2, 3, 4, 5, 6, 7, 8, 9])
      expect(events.slice(2, 6).map(({ at }) => at)).toEqual([1_000, 1_000, -5, -5])
      for (const { at } of [...events.slice(0, 2), ...events.slice(6)]) expect(at).toBeGreaterThanOrEqual(before)
      // The first time stands, here and after a restart.
      for (const asked of [log, yield* open(driver)])
        expect(yield* asked.submit({ ...old, at: 2_000 })).toMatchObject({ seq: 5, at: 1_000, repeated: true })
    }),
  )

  story("an answer that is lost after the commit, or before it, is found again", (driver) =>
    Effect.gen(function* () {
      const { log, counter } = yield* opened(driver)
      let answers = 0
      const losing: Driver["query"] = async (text, params) => {
        const loses = text.includes("insert into event") && ++answers % 3 !== 0
        if (loses && answers % 3 === 1) throw lost
        const rows = await driver.committing.query(text, params)
        if (loses) throw lost
        return rows as never
      }
      const shaky = yield* openLog({
        driver: { ...driver, committing: { ...driver.committing, query: losing } },
        judge: counting(),
        parts: 1,
      })
      const heard: Array<Stored> = []
      shaky.onAppended((events) => heard.push(...events))
      for (let i = 0; i < 10; i++) {
        yield* atOnce([1, 2, 3].map((by) => shaky.submit(command(counter, { do: "add", by }))))
        yield* log.submit(command(counter, { do: "add", by: 10 }))
      }
      const events = yield* log.readStream(counter, 1, 99)
      expect(events.map(({ body }) => body["by"])).toEqual(Array.from({ length: 10 }, () => [1, 2, 3, 10]).flat())
      yield* shaky.submit(command(counter, { do: "add", by: 1 }))
      expect(heard.slice(0, 40)).toEqual(events)
    }),
  )
}

const lost = new DatabaseError({ code: "connection", message: "The answer is lost" })
