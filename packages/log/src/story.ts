import { randomUUID } from "node:crypto"
import { Effect, type Scope } from "effect"
import { expect, test, vi } from "vitest"
import { checkInvariants } from "./check.ts"
import { command, counterMigrations, counting } from "./counters.ts"
import type { Driver } from "./driver.ts"
import { openLog } from "./log.ts"
import { migrate } from "./migrations.ts"

/** A test that is given a database with counters in it and leaves a log that keeps its invariants. */
export type Story = (title: string, told: (driver: Driver) => Effect.Effect<void, unknown, Scope.Scope>) => void

/** Tells each story on an empty database. */
export const storiesOn =
  (empty: Effect.Effect<Driver, unknown, Scope.Scope>): Story =>
  (title, told) => {
    const whole = Effect.gen(function* () {
      const driver = yield* empty
      yield* migrate(driver, "counters", counterMigrations)
      yield* told(driver)
      expect(yield* Effect.promise(() => checkInvariants(driver.query))).toEqual([])
    })
    test(title, () => Effect.runPromise(Effect.scoped(whole)), 60_000)
  }

/** A log of counters, as after a restart: it remembers nothing. */
export const open = (driver: Driver, parts = 1) => openLog({ driver, judge: counting(), parts })

/** A log with one counter in it. */
export const opened = (driver: Driver) =>
  Effect.gen(function* () {
    const log = yield* open(driver)
    const counter = randomUUID()
    yield* log.submit(command(counter, { do: "open", name: counter }))
    return { log, counter }
  })

/** Starts all in the same moment and gives how each ended. */
export const atOnce = <A, E>(effects: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.all(effects.map(Effect.exit), { concurrency: "unbounded" })

/** Waits until a look at something shows what is expected. */
export const until = (look: () => Promise<object | undefined>, expected: object): Effect.Effect<void> =>
  Effect.promise(() =>
    vi.waitFor(async () => expect(await look()).toMatchObject(expected), { timeout: 10_000, interval: 10 }),
  )

/** A stream in the given partition. */
export const streamIn = (part: number, partOf: (stream: string) => number): string => {
  for (;;) {
    const stream = randomUUID()
    if (partOf(stream) === part) return stream
  }
}
