import { randomUUID } from "node:crypto"
import { Effect, Exit, Fiber, type Scope, Stream } from "effect"
import { describe, expect, test, vi } from "vitest"
import { checkInvariants } from "./check.ts"
import { CommandReused, DatabaseError, Refused, type Stored } from "./contract.ts"
import { command, counterMigrations, counting } from "./counters.ts"
import type { Driver } from "./driver.ts"
import { Following, follow } from "./follow.ts"
import { checkpoints, retryPoison, startProjection } from "./followers.ts"
import { openLog, renewEpoch } from "./log.ts"
import { migrate } from "./migrations.ts"

/** What every log promises, whatever database it stands on. `empty` gives an empty database. */
export const logSuite = (name: string, empty: Effect.Effect<Driver, unknown, Scope.Scope>): void => {
  const story = (title: string, told: (driver: Driver) => Effect.Effect<void, unknown, Scope.Scope>) =>
    test(title, async () => {
      const whole = Effect.gen(function* () {
        const driver = yield* empty
        yield* migrate(driver, "counters", counterMigrations)
        yield* told(driver)
        expect(yield* Effect.promise(() => checkInvariants(driver.query))).toEqual([])
      })
      await Effect.runPromise(Effect.scoped(whole))
    })
  const open = (driver: Driver, parts = 1) => openLog({ driver, judge: counting(), parts })
  const opened = (driver: Driver, parts = 1) =>
    Effect.gen(function* () {
      const log = yield* open(driver, parts)
      const counter = randomUUID()
      yield* log.submit(command(counter, { do: "open", name: counter }))
      return { log, counter }
    })
  const atOnce = <A, E>(effects: ReadonlyArray<Effect.Effect<A, E>>) =>
    Effect.all(effects.map(Effect.exit), { concurrency: "unbounded" })

  describe(`a log on ${name}`, () => {
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
        ])
        expect(answers.map((answer) => Exit.isSuccess(answer))).toEqual([true, false, false, false, false, true, false])
        expect(answers[1]).toEqual(Exit.fail(new Refused({ refusal: "BelowZero" })))
        expect(yield* Effect.flip(answers[2]!)).toBeInstanceOf(DatabaseError)
        expect(Exit.hasDies(answers[3]!)).toBe(true)
        expect(answers[6]).toEqual(Exit.fail(new Refused({ refusal: "NotOpened" })))
        expect((yield* log.readStream(counter, 0, 99)).map(({ body }) => body["by"])).toEqual([undefined, 2, -2])
      }),
    )

    story("inline rows are written with the events, and a taken name is an answer", (driver) =>
      Effect.gen(function* () {
        const log = yield* open(driver, 4)
        const [a, b] = streamsApart(log.partOf)
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
        expect(yield* Effect.promise(() => log.query("select count(*) as n from counted where open"))).toEqual([
          { n: 4 },
        ])
      }),
    )

    story("reading and following go on from any place", (driver) =>
      Effect.gen(function* () {
        const { log, counter } = yield* opened(driver)
        const other = randomUUID()
        yield* log.submit(command(other, { do: "open", name: other }))
        yield* log.submit(command(counter, { do: "add", by: 1, times: 1_200 }))
        expect((yield* log.readStream(counter, 5, 2)).map(({ seq }) => seq)).toEqual([6, 7])
        expect((yield* log.readPart(0, 1, 2)).map(({ pos, stream }) => [pos, stream])).toEqual([
          [2, other],
          [3, counter],
        ])
        const live = new Following(log, { part: 0, after: 1_100 })
        yield* Effect.forkScoped(
          Effect.all(Array.from({ length: 40 }, () => log.submit(command(counter, { do: "add", by: 1, times: 60 })))),
        )
        for (const [place, from] of [
          [{ stream: counter, after: 0 }, 1],
          [{ stream: counter, after: 1_150 }, 1_151],
        ] as const) {
          const events = yield* follow(log, place).pipe(Stream.take(3_601 - from + 1), Stream.runCollect)
          expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => from + i))
        }
        let at = 1_100
        while (at < 3_602)
          for (const { pos } of yield* Effect.promise(() => live.next())) {
            expect(pos).toBe(at + 1)
            at = pos
          }
        live.stop()
        expect(yield* Effect.promise(() => live.next())).toEqual([])
      }),
    )

    story("events never change, except that one may be erased", (driver) =>
      Effect.gen(function* () {
        const { log, counter } = yield* opened(driver)
        const note = command(counter, { do: "note", text: "my address" })
        yield* log.submit(note)
        const erase = "body = '{}', fingerprint = null, redacted_pos = 9"
        for (const change of [
          "update event set type = 'Other' where pos = 2",
          "update event set body = '{}' where pos = 2",
          'update event set body = \'{"text":"never said"}\', redacted_pos = 9 where pos = 2',
          `update event set ${erase}, seq = 7 where pos = 2`,
          "delete from event where pos = 2",
          "truncate event",
        ])
          expect(yield* Effect.promise(() => driver.query(change).catch(({ code }) => code))).toBe("23001")
        yield* Effect.promise(() => driver.query(`update event set ${erase} where pos = 2`))
        expect((yield* log.readPart(0, 1, 1))[0]).toMatchObject({ body: {}, type: "Noted", actor: note.actor })
        expect((yield* (yield* open(driver)).submit(note)).repeated).toBe(true)
      }),
    )

    story("the number of partitions is fixed and the epoch tells that history was rewound", (driver) =>
      Effect.gen(function* () {
        const first = yield* Effect.scoped(Effect.map(open(driver, 3), (log) => [log.parts, log.epoch()] as const))
        expect(first).toEqual([3, expect.stringMatching(/^[0-9a-f]{8}$/)])
        expect(yield* Effect.flip(Effect.scoped(open(driver, 4)))).toMatchObject({
          message: expect.stringMatching(/has 3 partitions/),
        })
        const again = yield* Effect.scoped(openLog({ driver, judge: counting() }))
        expect([again.parts, again.epoch()]).toEqual(first)
        const epoch = yield* Effect.promise(() => renewEpoch(driver.query))
        expect(epoch).not.toBe(first[1])
        expect((yield* open(driver, 3)).epoch()).toBe(epoch)
      }),
    )

    story("what was submitted before closing is answered, and nothing after", (driver) =>
      Effect.gen(function* () {
        const counter = randomUUID()
        const submits = yield* Effect.scoped(
          Effect.gen(function* () {
            const log = yield* open(driver)
            const opening = yield* Effect.forkDetach(log.submit(command(counter, { do: "open", name: counter })), {
              startImmediately: true,
            })
            return { log, opening }
          }),
        )
        expect(yield* Fiber.join(submits.opening)).toMatchObject({ seq: 1 })
        const late = yield* Effect.flip(submits.log.submit(command(counter, { do: "add", by: 1 })))
        expect(late).toBeInstanceOf(DatabaseError)
      }),
    )

    story("a projection counts each event once, and stops at one it cannot take", (driver) =>
      Effect.gen(function* () {
        const { log, counter } = yield* opened(driver)
        yield* Effect.promise(() =>
          driver.script("create table total (n bigint not null); insert into total values (0)"),
        )
        let poison = true
        const projection = {
          name: "total",
          version: 1,
          project: async (events: ReadonlyArray<Stored>, query: Driver["query"]) => {
            if (poison && events.some(({ type }) => type === "Noted")) throw new Error("cannot take notes")
            const sum = events.reduce((all, { body }) => all + Number(body["by"] ?? 0), 0)
            await query("update total set n = n + $1::bigint", [sum])
          },
        }
        const at = (expected: object) => until(async () => (await checkpoints(driver.query))[0], expected)
        yield* log.submit(command(counter, { do: "add", by: 1, times: 700 }))
        yield* startProjection({ driver, log }, projection)
        yield* at({ pos: 701 })
        yield* log.submit(command(counter, { do: "add", by: 1 }))
        yield* log.submit(command(counter, { do: "note", text: "poison" }))
        yield* log.submit(command(counter, { do: "add", by: 1 }))
        yield* at({ pos: 702, poisonPos: 703, poisonError: "Error: cannot take notes" })
        poison = false
        yield* Effect.promise(() => retryPoison(driver.query, "total", 1))
        yield* at({ pos: 704, poisonPos: null })
        expect(yield* Effect.promise(() => driver.query("select n from total"))).toEqual([{ n: 702 }])
      }),
    )

    story("a released migration never changes", (driver) =>
      Effect.gen(function* () {
        const steps = [
          { name: "1", sql: "create table a ()" },
          { name: "2", sql: "create table b ()" },
        ]
        yield* Effect.all([migrate(driver, "x", steps), migrate(driver, "x", steps)], { concurrency: "unbounded" })
        expect(yield* Effect.flip(migrate(driver, "x", [steps[0]!]))).toMatchObject({
          message: expect.stringMatching(/newer version/),
        })
        const changed = [{ name: "1", sql: "create table c ()" }, steps[1]!]
        expect(yield* Effect.flip(migrate(driver, "x", changed))).toMatchObject({
          message: expect.stringMatching(/Step 1 of "x"/),
        })
        const failing = [...steps, { name: "3", sql: "create table d ()" }, { name: "4", sql: "create tabel e ()" }]
        expect(yield* Effect.flip(migrate(driver, "x", failing))).toMatchObject({ code: "42601" })
        yield* migrate(driver, "x", [...steps, { name: "3", sql: "create table d (n int)" }])
      }),
    )
  })
}

/** Waits until a look at something shows what is expected. */
const until = (look: () => Promise<object | undefined>, expected: object): Effect.Effect<void> =>
  Effect.promise(() =>
    vi.waitFor(async () => expect(await look()).toMatchObject(expected), { timeout: 10_000, interval: 10 }),
  )

/** Two streams of different partitions. */
const streamsApart = (partOf: (stream: string) => number): readonly [string, string] => {
  for (;;) {
    const [a, b] = [randomUUID(), randomUUID()]
    if (partOf(a) !== partOf(b)) return [a, b]
  }
}
