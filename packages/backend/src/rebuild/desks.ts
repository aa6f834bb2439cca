import { DatabaseError, type Driver, type Query } from "@roomlog/log"
import { Data } from "effect"
import type { Desk } from "./making.ts"

/** Somebody else rebuilds right now. */
export class AlreadyRebuilding extends Data.TaggedError("AlreadyRebuilding")<{ readonly message: string }> {}

/** What one rebuild works with. */
export interface Desks extends Desk {
  /** One transaction of many statements; nothing of it stays when it fails. */
  readonly transaction: <A>(work: (desk: Desk, script: Driver["script"]) => Promise<A>) => Promise<A>
  /** A moment in which the live tables are what the log says up to its heads: `live` sees it, the desk goes on working. */
  readonly moment: <A>(work: (live: Query) => Promise<A>) => Promise<A>
  /** Throws unless this is still the only rebuild. */
  readonly stillAlone: (query: Query) => Promise<void>
}

/**
 * Runs one rebuild at a time on a database, whichever process asks. The embedded database has one connection, and the
 * whole rebuild is one transaction there.
 */
export const alone = async <A>(driver: Driver, work: (desks: Desks) => Promise<A>): Promise<A> => {
  if (!driver.shared) return driver.transaction((query, script) => work(embedded(query, script)))
  const holder = await hold(driver)
  return work(desksOf(driver, holder.pid)).finally(holder.release)
}

/** Holds the lock in a transaction of its own. One whose connection is gone is left as it is: it can only be waited for. */
const hold = async ({ transaction }: Driver) => {
  const held = Promise.withResolvers<number>()
  const released = Promise.withResolvers<void>()
  let isGone = false
  const holding = transaction(async (query, script) => {
    await script(unlimited)
    const [lock] = await query<Lock>("select pg_try_advisory_xact_lock($1) as mine, pg_backend_pid() as pid", [lockKey])
    if (lock?.mine !== true) throw running
    held.resolve(lock.pid)
    await released.promise
  }).catch((cause: unknown) => {
    isGone = true
    held.reject(cause)
  })
  return {
    pid: await held.promise,
    release: async () => {
      if (!isGone) released.resolve()
      await holding
    },
  }
}

interface Lock {
  readonly mine: boolean
  readonly pid: number
}

const lockKey = 1_129_290
const running = new AlreadyRebuilding({ message: "A rebuild is running already. Wait until it is done." })

/** What is written while filling need not be on disk before the switch is. Processors are for those who write meanwhile. */
const unlimited = `set local statement_timeout = 0; set local lock_timeout = 0;
  set local idle_in_transaction_session_timeout = 0; set local synchronous_commit = off;
  set local max_parallel_workers_per_gather = 0; set local max_parallel_maintenance_workers = 0`

const desksOf = ({ query, committing, transaction }: Driver, holder: number): Desks => ({
  query,
  lanes: 2,
  together: (work) =>
    committing.transaction(async (query, script) => {
      await script(unlimited)
      return work(query)
    }),
  transaction: (work) =>
    transaction(async (query, script) => {
      await script(`${unlimited}; set local maintenance_work_mem = '128MB'`)
      return work(single(query), script)
    }),
  moment: (work) =>
    transaction(async (live, script) => {
      await script("set transaction isolation level repeatable read, read only")
      await script(unlimited)
      return work(live)
    }),
  stillAlone: async (query) => {
    const [held] = await query(
      "select 1 from pg_locks where locktype = 'advisory' and granted and pid = $1::int and objid = $2::oid",
      [holder, lockKey],
    )
    if (held === undefined) throw new DatabaseError({ code: "connection", message: lostLock })
  },
})

const lostLock = "The connection that keeps other rebuilds away was lost. The live tables are as they were."

const embedded = (query: Query, script: Driver["script"]): Desks => ({
  ...single(query),
  transaction: (work) => work(single(query), script),
  moment: (work) => work(query),
  stillAlone: () => Promise.resolve(),
})

const single = (query: Query): Desk => ({ query, lanes: 1, together: (work) => work(query) })
