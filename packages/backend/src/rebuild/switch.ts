import { DatabaseError, type Query, readHeads } from "@roomlog/log"
import { Data } from "effect"
import type { Desks } from "./desks.ts"
import type { Making } from "./making.ts"
import { beside, switchScript } from "./tablesBeside.ts"

/** The live tables could not be had for a moment. They are as they were. */
export class CannotSwitch extends Data.TaggedError("CannotSwitch")<{ readonly message: string }> {}

/** How the new tables got into the place of the live ones. */
export interface Switched {
  /** How long no node could write, in milliseconds. */
  readonly stalled: number
  readonly tries: number
}

/** What is put in place, and how long that may be tried, in milliseconds. */
interface Wanted {
  readonly only: ReadonlyArray<string>
  readonly patience: number
}

/** Folds what was appended since and puts new tables in place, while writers wait. Tries again when the tables are busy. */
export const switchOver = async (desks: Desks, making: Making, { only, patience }: Wanted): Promise<Switched> => {
  const script = await desks.transaction((desk) => switchScript(desk.query, only))
  const until = performance.now() + patience
  for (let tries = 1; ; tries++) {
    await catchUpClose(desks, making)
    try {
      return {
        stalled: await making.attempt(() =>
          once(desks, making, { only, script, wait: Math.min(firstWait * tries, longest) }),
        ),
        tries,
      }
    } catch (cause) {
      if (!isBusy(cause)) throw cause
      if (performance.now() >= until) throw await busy(desks, only)
      await new Promise((again) => setTimeout(again, Math.min(100 * tries, 2_000)))
    }
  }
}

/** Goes on folding until so little is left that writers hardly notice, or there is no gain in going on. */
export const catchUpClose = async (desks: Desks, making: Making): Promise<void> => {
  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const heads = await readHeads(desks.query)
    const missing = making.missing(heads)
    await making.catchUp(desks, heads)
    if (missing < close || missing >= before) return
    before = missing
  }
}

const close = 200

/**
 * Before anybody has to wait, vacuum is kept from the tables (one that is at work is ended by Postgres after a second),
 * and whoever else is long at them, as a backup is, is left in peace. Then: nobody appends without the table of heads,
 * and whoever is appending already goes before this lock, so no append is under way once it is held. The tables
 * themselves could not be taken first: an append that holds them may wait for a head which another append has, and that
 * one would wait for the tables.
 */
const once = (desks: Desks, making: Making, { only, script, wait }: Once): Promise<number> =>
  desks.transaction(async (desk, run) => {
    await run(`set local lock_timeout = ${longest}; lock table ${only.join(", ")} in share update exclusive mode`)
    if ((await usersOf(desk.query, only, brief)).length > 0) throw inUse
    await run(`set local lock_timeout = ${wait}; set local synchronous_commit = on`)
    const began = performance.now()
    await run("lock table log_head in exclusive mode")
    const heads = await readHeads(desk.query)
    if (making.missing(heads) > most) throw tooFar
    await making.catchUp(desk, heads)
    await run(`lock table ${[...only, ...only.map(beside)].join(", ")} in access exclusive mode`)
    await desks.stillAlone(desk.query)
    await run(script)
    return performance.now() - began
  })

interface Once extends Pick<Wanted, "only"> {
  readonly script: string
  /** How long to wait for a table, in milliseconds: so long writers wait too. */
  readonly wait: number
}

/** Milliseconds that writers may have to wait for the tables: longer when it does not go otherwise. */
const firstWait = 40
const longest = 1_500
/** Milliseconds that others may use the tables without being waited for. */
const brief = 100

/** More is not folded while writers wait. */
const most = 5_000

const notNow = (message: string) => new DatabaseError({ code: "55P03", message })
const tooFar = notNow("Too much was written meanwhile.")
const inUse = notNow("Somebody is at the tables for longer.")

/** Lock not available, deadlock, serialization. */
const isBusy = (cause: unknown): boolean =>
  cause instanceof DatabaseError && ["55P03", "40P01", "40001"].includes(cause.code)

const busy = async ({ query }: Desks, only: Wanted["only"]): Promise<CannotSwitch> => {
  const users = await usersOf(query, only, 1_000)
  const who = users.length > 0 ? `In use by ${users.join(", ")}. ` : ""
  return new CannotSwitch({
    message: `The live tables could not be had. ${who}They are as they were; try again later.`,
  })
}

/** Who else has one of the live tables in a transaction that is older than so many milliseconds. */
const usersOf = async (query: Query, tables: Wanted["only"], longerThan: number): Promise<ReadonlyArray<string>> => {
  const users = await query<{ readonly who: string }>(
    `select distinct format('process %s (%s, in a transaction since %s)', a.pid, a.application_name, a.xact_start::timestamptz(0)) as who
     from pg_locks l join pg_stat_activity a using (pid)
     where l.granted and l.relation = any($1::regclass[]) and l.pid <> pg_backend_pid()
       and a.xact_start < clock_timestamp() - make_interval(secs => $2::float8 / 1000)`,
    [tables, longerThan],
  )
  return users.map(({ who }) => who)
}
