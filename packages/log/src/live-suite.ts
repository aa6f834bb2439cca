import { randomUUID } from "node:crypto"
import { Effect, type Scope } from "effect"
import { describe, expect, test, vi } from "vitest"
import type { Carrier } from "./carrier/carrier.ts"
import { checkInvariants } from "./check.ts"
import type { Log, Stored } from "./contract.ts"
import { command, counterMigrations, counting, type Do, type No } from "./counters.ts"
import type { Driver } from "./driver.ts"
import { openLog } from "./log.ts"
import { migrate } from "./migrations.ts"

/** A database and a way to give each node its carrier. */
export interface Place {
  readonly driver: Driver
  readonly carrier: Effect.Effect<Carrier, unknown, Scope.Scope>
}

/** What nodes hear of each other's events, whatever carries them. */
export const liveSuite = (name: string, place: Effect.Effect<Place, unknown, Scope.Scope>): void => {
  describe(`events between nodes, told ${name}`, () => {
    const story = (title: string, tell: (place: Place) => Effect.Effect<void, unknown, Scope.Scope>) =>
      test(title, () =>
        Effect.runPromise(
          Effect.scoped(
            Effect.gen(function* () {
              const at = yield* place
              yield* migrate(at.driver, "counters", counterMigrations)
              yield* tell(at)
            }),
          ),
        ),
      )
    const node = ({ driver, carrier }: Place, change: (carrier: Carrier) => Carrier = (same) => same) =>
      Effect.flatMap(carrier, (own) =>
        openLog({ driver, judge: counting(), parts: 2, carrier: change(own), pollEvery: 50 }),
      )

    story("everybody who is interested hears each once and in order, whoever wrote it", (at) =>
      Effect.gen(function* () {
        const nodes = yield* Effect.all([node(at), node(at), node(at)])
        const counters = [randomUUID(), randomUUID()]
        for (const counter of counters) yield* nodes[0].submit(command(counter, { do: "open", name: counter }))
        const ears = nodes.flatMap((log) => counters.map((counter) => listening(log, counter)))
        for (const ear of ears) yield* Effect.promise(() => ear.head)
        yield* writing(nodes.slice(0, 2), counters, 200)
        yield* heardAll(ears, 201)
        expect(yield* Effect.promise(() => checkInvariants(at.driver.query))).toEqual([])
      }),
    )

    story("who begins to listen in the middle misses nothing from there on", (at) =>
      Effect.gen(function* () {
        const nodes = yield* Effect.all([node(at), node(at)])
        const counter = randomUUID()
        yield* nodes[0].submit(command(counter, { do: "open", name: counter }))
        const ears: Array<ReturnType<typeof listening>> = []
        const gather = Effect.gen(function* () {
          for (let n = 0; n < 30; n++) {
            ears.push(listening(nodes[n % 2]!, counter))
            yield* nodes[0].streamHead(counter)
          }
        })
        yield* Effect.all([writing(nodes, [counter], 300), gather], { concurrency: 2 })
        yield* heardAll(ears, 301)
      }),
    )

    for (const [how, shake] of shakes)
      story(`messages are ${how}, and everything is heard all the same`, (at) =>
        Effect.gen(function* () {
          const nodes = yield* Effect.all([node(at, shake), node(at, shake), node(at, shake)])
          const counter = randomUUID()
          yield* nodes[0].submit(command(counter, { do: "open", name: counter }))
          const ears = nodes.map((log) => listening(log, counter))
          for (const ear of ears) yield* Effect.promise(() => ear.head)
          // The third only listens.
          yield* writing(nodes.slice(0, 2), [counter], 150)
          yield* heardAll(ears, 151)
        }),
      )

    story("a node that was not interested writes on what others did, however much that was", (at) =>
      Effect.gen(function* () {
        const [one, two] = yield* Effect.all([node(at), node(at)])
        const counter = randomUUID()
        yield* one.submit(command(counter, { do: "open", name: counter }))
        yield* two.submit(command(counter, { do: "add", by: 1 }))
        yield* one.submit(command(counter, { do: "add", by: 1, times: 3_000 }))
        expect(yield* two.submit(command(counter, { do: "add", by: -3_001 }))).toMatchObject({ seq: 3_003 })
        expect(yield* Effect.flip(two.submit(command(counter, { do: "add", by: -1 })))).toMatchObject({
          refusal: "BelowZero",
        })
        const ear = listening(two, counter)
        expect(yield* Effect.promise(() => ear.head)).toBe(3_003)
        yield* one.submit(command(counter, { do: "add", by: 1 }))
        yield* heardAll([ear], 3_004)
      }),
    )
  })
}

/** Ways to mistreat a carrier, repeatable by nobody but the log: it must not matter. */
const shakes: ReadonlyArray<readonly [how: string, shake: (carrier: Carrier) => Carrier]> = [
  ["all lost", (carrier) => ({ ...carrier, tell: () => undefined })],
  ["lost one in three", (carrier) => telling(carrier, (n) => (n % 3 === 0 ? [] : [0]))],
  ["doubled", (carrier) => telling(carrier, () => [0, 0, 3])],
  ["late and out of order", (carrier) => telling(carrier, (n) => [[0, 20, 5, 60, 1][n % 5]!])],
]

/** Tells each message as often and as late (in milliseconds) as `when` says. */
const telling = (carrier: Carrier, when: (n: number) => ReadonlyArray<number>): Carrier => {
  let count = 0
  return {
    ...carrier,
    tell: (topic, message) => {
      for (const late of when(count++)) setTimeout(() => carrier.tell(topic, message), late)
    },
  }
}

type Counters = Log<Do, No>

/** What a node's listener hears of a stream. */
const listening = (log: Counters, stream: string) => {
  const heard: Array<Stored> = []
  log.onAppended((events) => heard.push(...events.filter((event) => event.stream === stream)))
  return { heard, head: log.interest(stream).head() }
}

/** Adds so many ones to each counter, through all nodes by turns. */
const writing = (nodes: ReadonlyArray<Counters>, counters: ReadonlyArray<string>, count: number) =>
  Effect.all(
    counters.flatMap((counter) =>
      Array.from({ length: count }, (_, n) => nodes[n % nodes.length]!.submit(command(counter, { do: "add", by: 1 }))),
    ),
    { concurrency: 16, discard: true },
  )

/** Waits until every ear has heard up to `last`, and sees that it heard everything from its head on, once, in order. */
const heardAll = (ears: ReadonlyArray<ReturnType<typeof listening>>, last: number) =>
  Effect.promise(async () => {
    for (const { heard, head } of ears) {
      const from = (await head) + 1
      const isNews = ({ seq }: Stored) => seq >= from
      if (from <= last) await waiting(() => heard.at(-1)?.seq === last)
      const seqs = heard.filter(isNews).map(({ seq }) => seq)
      expect(seqs).toEqual(Array.from({ length: last - from + 1 }, (_, i) => from + i))
    }
  })

const waiting = (isSo: () => boolean) => vi.waitFor(() => expect(isSo()).toBe(true), { timeout: 10_000, interval: 10 })
