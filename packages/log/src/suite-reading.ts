import { randomUUID } from "node:crypto"
import { Effect, Fiber, Stream } from "effect"
import { expect } from "vitest"
import { DatabaseError, type Stored } from "./contract.ts"
import { command, counting } from "./counters.ts"
import type { Driver } from "./driver.ts"
import { Following, follow } from "./follow.ts"
import { checkpoints, retryPoison, startProjection } from "./followers.ts"
import { openLog, renewEpoch } from "./log.ts"
import { migrate } from "./migrations.ts"
import { open, opened, type Story, until } from "./story.ts"

/** What becomes of events. */
export const reading = (story: Story): void => {
  story("reading and following go on from any place", (driver) =>
    Effect.gen(function* () {
      const { log, counter } = yield* opened(driver)
      const other = randomUUID()
      yield* log.submit(command(other, { do: "open", name: other }))
      yield* log.submit(command(counter, { do: "add", by: 1, times: 1_200 }))
      expect((yield* log.readStream(counter, 5, 2)).map(({ seq }) => seq)).toEqual([6, 7])
      const texts = yield* log.readStreamText(counter, 0, 99)
      expect(texts.map(({ text, ...event }) => ({ ...event, body: JSON.parse(text) }))).toEqual(
        (yield* log.readStream(counter, 0, 99)).map(({ part, pos, index, ...told }) => told),
      )
      expect(yield* log.readStreamText(counter, 9_999, 99)).toEqual([])
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
      expect(yield* Effect.flip(Effect.scoped(open(driver)))).toMatchObject({
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
      yield* Effect.promise(() => driver.script("create table total (n bigint not null); insert into total values (0)"))
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

  story(
    "a projection that wants nothing passes events unread, and reads what comes once it wants something",
    (driver) =>
      Effect.gen(function* () {
        const { log, counter } = yield* opened(driver)
        yield* Effect.promise(() => driver.script("create table wish (n bigint not null)"))
        const read: Array<unknown> = []
        const project = async (events: ReadonlyArray<Stored>) => void read.push(...events.map(({ body }) => body["by"]))
        const at = (expected: object) => until(async () => (await checkpoints(driver.query))[0], expected)
        yield* log.submit(command(counter, { do: "add", by: 1, times: 700 }))
        yield* startProjection(
          { driver, log },
          { name: "w", version: 1, project, unless: "not exists (select from wish)" },
        )
        yield* at({ pos: 701 })
        yield* log.submit(command(counter, { do: "add", by: 2 }))
        yield* at({ pos: 702 })
        expect(read).toEqual([])
        yield* Effect.promise(() => driver.query("insert into wish values (1)"))
        yield* log.submit(command(counter, { do: "add", by: 3 }))
        yield* log.submit(command(counter, { do: "add", by: 4 }))
        yield* at({ pos: 704 })
        expect(read).toEqual([3, 4])
      }),
  )

  story("a released migration never changes", (driver) =>
    Effect.gen(function* () {
      yield* open(driver)
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
}
