import { randomUUID } from "node:crypto"
import { checkInvariants, type Driver, type Judge, migrate, openLog, openPglite, openPostgres } from "@roomlog/log"
import { startPostgres } from "@roomlog/log/testing"
import { Effect, Result, type Scope } from "effect"
import { type Bench, median, percentile, type Table } from "./table.ts"

/** Groups against single transactions: 256 people who each send the next message when the last one is acknowledged. */
export const append: Bench = async (progress) => {
  const server = await startPostgres()
  const postgres = Effect.gen(function* () {
    const url = yield* Effect.promise(() => server.freshDatabase())
    return yield* openPostgres({ url, connections: 8 })
  })
  try {
    return [
      await compare(progress, {
        title: "Postgres 18",
        driver: postgres,
        rival: "one transaction each, 8 connections",
        lanes: 8,
      }),
      await compare(progress, { title: "PGlite, in memory", driver: openPglite(), rival: "one at a time", lanes: 1 }),
    ]
  } finally {
    await server.stop()
  }
}

interface Comparison {
  readonly title: string
  readonly driver: Effect.Effect<Driver, unknown, Scope.Scope>
  readonly rival: string
  readonly lanes: number
}

interface Run {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
}

const writers = 256
const rooms = 50
const seconds = 4
const runs = 3

const compare = async (
  progress: (line: string) => void,
  { title, driver, rival, lanes }: Comparison,
): Promise<Table> => {
  const grouped: Array<Run> = []
  const single: Array<Run> = []
  for (let run = 1; run <= runs; run++) {
    progress(`${title}: run ${run} of ${runs}`)
    grouped.push(await Effect.runPromise(Effect.scoped(Effect.flatMap(driver, throughLog))))
    single.push(
      await Effect.runPromise(Effect.scoped(Effect.flatMap(driver, (db) => Effect.promise(() => oneByOne(db, lanes))))),
    )
  }
  const ratio = rate(grouped) / rate(single)
  return {
    title: `Appending on ${title}: ${writers} writers, ${rooms} rooms, texts of 200 bytes, one partition`,
    columns: ["way", "events/s", "p50 ms", "p99 ms", "ratio"],
    rows: [row("through the log", grouped, ratio), row(rival, single, 1)],
    notes: [`Medians of ${runs} interleaved runs of ${seconds} s. Nothing acknowledged was lost; invariants hold.`],
  }
}

const row = (way: string, all: ReadonlyArray<Run>, ratio: number) => [
  way,
  Math.round(rate(all)),
  median(all.map(({ p50 }) => p50)).toFixed(1),
  median(all.map(({ p99 }) => p99)).toFixed(1),
  `${ratio.toFixed(1)}x`,
]

const rate = (all: ReadonlyArray<Run>): number => median(all.map(({ perSecond }) => perSecond))

const throughLog = (driver: Driver) =>
  Effect.gen(function* () {
    yield* migrate(driver, "bench", [messageTable])
    const log = yield* openLog({ driver, judge: posting, parts: 1 })
    const context = yield* Effect.context<never>()
    const run = Effect.runPromiseWith(context)
    const send = (stream: string) =>
      run(
        log.submit({
          stream,
          actor: randomUUID(),
          command: randomUUID(),
          content: { message: randomUUID(), text: words },
        }),
      )
    const measured = yield* Effect.promise(() => closedLoop(send))
    yield* Effect.promise(() => nothingLost(driver, measured.sent))
    return measured.run
  })

/** Everybody accepts everything: what is measured is the log. */
const posting: Judge<{ readonly message: string; readonly text: string }, never> = {
  tables: [{ table: "message", columns: { room: "uuid", seq: "bigint", view: "jsonb" }, key: ["room", "seq"] }],
  batch: () => {
    const rows: Array<ReadonlyArray<unknown>> = []
    return {
      load: async () => undefined,
      judge: ({ stream, content }, { seq }) => {
        rows.push([stream, seq, JSON.stringify(content)])
        return Result.succeed([{ type: "Posted", version: 1, subject: content.message, body: content }])
      },
      rows: () => new Map([["message", rows]]),
      keep: () => undefined,
    }
  },
  heard: () => undefined,
  lost: () => undefined,
}

const messageTable = {
  name: "0001-message",
  sql: "create table message (room uuid not null, seq bigint not null, view jsonb not null, primary key (room, seq))",
}

/** The strongest simple rival: one statement a command, with the same rows and the same unique indexes. */
const oneByOne = async (driver: Driver, lanes: number): Promise<Run> => {
  await driver.script(`${messageTable.sql};
    create table stream (stream_id uuid primary key, seq bigint not null) with (fillfactor = 70);
    create table event (id bigserial primary key, stream_id uuid not null, seq bigint not null, type text not null, ver smallint not null,
      actor_id uuid not null, command_id uuid not null, subject_id uuid, at bigint not null, body jsonb not null);
    create unique index on event (stream_id, seq);
    create unique index on event (command_id, actor_id);
    create index on event (stream_id, subject_id, seq)`)
  let free = lanes
  const waiting: Array<() => void> = []
  const send = async (stream: string) => {
    if (free > 0) free -= 1
    else await new Promise<void>((go) => waiting.push(go))
    const message = randomUUID()
    const body = JSON.stringify({ message, text: words })
    await driver.query(single, [stream, randomUUID(), randomUUID(), message, Date.now(), body])
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  const measured = await closedLoop(send)
  const [found] = await driver.query<{ readonly n: number }>("select count(*) as n from event")
  if (found!.n !== measured.sent) throw new Error(`${measured.sent} were acknowledged, ${found!.n} stand in the table`)
  return measured.run
}

const single = `with placed as (
    insert into stream (stream_id, seq) values ($1::uuid, 1) on conflict (stream_id) do update set seq = stream.seq + 1 returning seq
  ), posted as (
    insert into event (stream_id, seq, type, ver, actor_id, command_id, subject_id, at, body)
    select $1::uuid, seq, 'Posted', 1, $2::uuid, $3::uuid, $4::uuid, $5::bigint, $6::text::jsonb from placed
  )
  insert into message (room, seq, view) select $1::uuid, seq, $6::text::jsonb from placed`

const words = "x".repeat(200)

const closedLoop = async (
  send: (stream: string) => Promise<unknown>,
): Promise<{ readonly sent: number; readonly run: Run }> => {
  const streams = Array.from({ length: rooms }, () => randomUUID())
  const waits: Array<number> = []
  const start = performance.now()
  const writer = async (i: number) => {
    while (performance.now() - start < seconds * 1_000) {
      const asked = performance.now()
      await send(streams[i % rooms]!)
      waits.push(performance.now() - asked)
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, i) => writer(i)))
  const perSecond = waits.length / ((performance.now() - start) / 1_000)
  return { sent: waits.length, run: { perSecond, p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) } }
}

const nothingLost = async (driver: Driver, sent: number): Promise<void> => {
  const [found] = await driver.query<{ readonly n: number }>("select count(*) as n from event")
  const faults = await checkInvariants(driver.query)
  if (found!.n !== sent || faults.length > 0)
    throw new Error(
      `${sent} were acknowledged, ${found!.n} stand in the log. ${faults.map(({ message }) => message).join("; ")}`,
    )
}
