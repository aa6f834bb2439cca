import { randomUUID } from "node:crypto"
import { Effect, type Scope } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { command, counterMigrations, counting } from "./counters.ts"
import { openLog } from "./log.ts"
import { migrate } from "./migrations.ts"
import { openPostgres } from "./postgres.ts"
import { grantAgain, grantTo } from "./roles.ts"
import { logMigrations } from "./schema.ts"
import { startPostgres, type TestPostgres } from "./testing.ts"

let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(() => server.stop())

const run = <A>(story: Effect.Effect<A, unknown, Scope.Scope>) => Effect.runPromise(Effect.scoped(story))
const as = (role: string, url: string): string => url.replace("//roomlog@", `//${role}@`)
const promise = <A>(work: () => Promise<A>) => Effect.promise(work)

/** A database of its owner's, and a role that was let in. */
const prepared = Effect.gen(function* () {
  const url = yield* promise(() => server.freshDatabase())
  const role = `node_${randomUUID().slice(0, 8)}`
  const owner = yield* openPostgres({ url })
  yield* promise(() => owner.script(`create role ${role} login`))
  yield* migrate(owner, "counters", counterMigrations)
  yield* migrate(owner, "log", logMigrations)
  yield* promise(() => grantTo(owner, role))
  return { url, role, owner, node: yield* openPostgres({ url: as(role, url) }) }
})

describe("the role of a node", () => {
  test("keeps a log, to its last right", () =>
    run(
      Effect.gen(function* () {
        const { node } = yield* prepared
        const log = yield* openLog({ driver: node, judge: counting(), parts: 2 })
        const counter = randomUUID()
        yield* log.submit(command(counter, { do: "open", name: "busy" }))
        const { seq } = yield* log.submit(command(counter, { do: "add", by: 1, times: 3 }))
        expect(seq).toBe(4)
      }),
    ))

  test("cannot change what was said, nor lift what keeps it", () =>
    run(
      Effect.gen(function* () {
        const { node, owner } = yield* prepared
        const log = yield* openLog({ driver: node, judge: counting() })
        const counter = randomUUID()
        yield* log.submit(command(counter, { do: "open", name: "kept" }))
        // Postgres only warns of a grant that nobody may give; what follows shows that it gave nothing.
        yield* promise(() => node.query("grant all on event to current_user"))
        for (const attempt of [
          "update event set body = '{}', fingerprint = null, redacted_pos = 1",
          "update event set seq = seq + 1",
          "delete from event",
          "truncate event",
          "alter table event disable trigger event_stays",
          "drop trigger event_stays on event",
          "drop table event",
          "create or replace function event_stays() returns trigger language plpgsql as 'begin return new; end'",
          "set session_replication_role = replica",
          "delete from log_head",
          "delete from stream",
          "update log_meta set epoch = 'rewound!'",
          "update agreed set value = ''",
          "delete from migration",
        ]) {
          const refused = yield* Effect.tryPromise({ try: () => node.query(attempt), catch: (cause) => cause }).pipe(
            Effect.flip,
            Effect.catch(() => Effect.succeed({ code: `nobody refused: ${attempt}` })),
          )
          expect(refused, attempt).toMatchObject({ code: "42501" })
        }
        expect(yield* promise(() => owner.query("select seq, body->>'name' as name from event"))).toEqual([
          { seq: 1, name: "kept" },
        ])
      }),
    ))

  test("is refused as long as its tables are not there or not new enough, with what to run", () =>
    run(
      Effect.gen(function* () {
        const url = yield* promise(() => server.freshDatabase())
        const { role } = yield* prepared
        const stranger = yield* openPostgres({ url: as(role, url) })
        const tooEarly = yield* Effect.flip(migrate(stranger, "log", logMigrations))
        expect(tooEarly).toMatchObject({ _tag: "CannotOpen", message: expect.stringContaining("`roomlog migrate`") })
        const { node } = yield* prepared
        yield* migrate(node, "log", logMigrations)
        const next = { name: "0009-next", sql: "create table next ()" }
        const tooOld = yield* Effect.flip(migrate(node, "log", [...logMigrations, next]))
        expect(tooOld).toMatchObject({ message: expect.stringContaining("(0009-next)") })
      }),
    ))

  test("keeps its rights over tables that were put in place of others", () =>
    run(
      Effect.gen(function* () {
        const { owner, node, role } = yield* prepared
        yield* promise(() => owner.script("create table counted_v2 (like counted including all)"))
        yield* promise(() => owner.script("drop table counted; alter table counted_v2 rename to counted"))
        const counted = () => node.query("delete from counted")
        yield* Effect.flip(Effect.tryPromise({ try: counted, catch: (cause) => cause }))
        expect(yield* promise(() => owner.transaction(grantAgain))).toEqual([role])
        yield* promise(counted)
      }),
    ))

  test("must be there, and not be one that may do everything", () =>
    run(
      Effect.gen(function* () {
        const { owner } = yield* prepared
        const granting = (role: string) =>
          Effect.flip(Effect.tryPromise({ try: () => grantTo(owner, role), catch: (cause) => cause }))
        expect(yield* granting('no"body')).toMatchObject({ message: expect.stringContaining("There is no role") })
        expect(yield* granting("roomlog")).toMatchObject({ message: expect.stringContaining("owns the tables") })
      }),
    ))

  test("has statements that end by themselves, whoever connects for it", () =>
    run(
      Effect.gen(function* () {
        const { owner, role } = yield* prepared
        const settings = yield* promise(() =>
          owner.query<{ readonly setting: string }>(
            "select unnest(setconfig) as setting from pg_db_role_setting join pg_roles on pg_roles.oid = setrole where rolname = $1",
            [role],
          ),
        )
        expect(settings.map(({ setting }) => setting)).toContain("statement_timeout=5s")
      }),
    ))
})
