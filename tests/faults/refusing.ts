import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import postgres from "postgres"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodesOn } from "./nodes.ts"
import type { Row } from "./row.ts"
import { noDisks, type SmallDisk, smallDisk } from "./smallDisk.ts"
import { Stage } from "./stage.ts"

/** F13: a Postgres that lives and refuses: its disk is full, somebody holds a lock, no connection is free. */
export const refusing: Fault = {
  id: "F13",
  title: "Postgres's disk full, statements timed out, too many connections",
  figures: { first: 3, long: 40 },
  perRound: 8,
  seconds: 400,
  round: async (round: Round): Promise<Row> => {
    const without = noDisks()
    const disk = without === undefined ? await smallDisk(round) : undefined
    const postgres = await crampedPostgres(round, disk)
    const url = await postgres.freshDatabase()
    const nodes = await startNodesOn(round, url, 2)
    const stage = await Stage.open(round, { urls: nodes.map((node) => node.url), writers: 48, patience: 15_000 })
    const lab: Lab = { url, disk, postgres, stage }
    const harms = {
      ...(disk === undefined ? {} : { "disks full": fillDisk }),
      "locks held": holdLocks,
      "connections taken": takeConnections,
      ...(round.isLong ? { "statements too slow": slowDown } : {}),
    }
    const done: Record<string, number> = {}
    const recovered: number[] = []
    for (let n = 0; n < round.count; n++) {
      await stage.writers.more(1 + round.random.below(100))
      const [name, harm] = Object.entries(harms)[n % Object.keys(harms).length]!
      const before = stage.writers.tries
      round.said(`${n}: ${name}`)
      await harm(lab)
      recovered.push(...(await stage.writers.recovered()))
      done[name] = (done[name] ?? 0) + 1
      done["tries refused"] = (done["tries refused"] ?? 0) + stage.writers.tries - before
    }
    return {
      done,
      verdict: await stage.finish(url),
      recovered,
      note: without === undefined ? "" : `no full disk: ${without}`,
    }
  },
}

interface Lab {
  readonly url: string
  readonly disk: SmallDisk | undefined
  readonly postgres: TestPostgres
  readonly stage: Stage
}

/** A Postgres with few connections, on the small disk if there is one. */
const crampedPostgres = async ({ ending }: Round, disk: SmallDisk | undefined): Promise<TestPostgres> => {
  const before = process.env["TMPDIR"]
  if (disk !== undefined) process.env["TMPDIR"] = disk.folder
  try {
    const made = await startPostgres({ max_connections: "50", max_wal_size: "64MB", min_wal_size: "32MB" })
    ending.defer(() => made.stop("immediate"))
    return made
  } finally {
    if (before === undefined) delete process.env["TMPDIR"]
    else process.env["TMPDIR"] = before
  }
}

/** Until writers are told no. */
const fillDisk = async ({ disk, stage, postgres, url }: Lab): Promise<void> => {
  await disk!.leave(256 * 1024)
  await stage.writers.failing(20)
  disk!.lift()
  // A Postgres that could not even write its log has ended, and somebody starts it again when there is room.
  if (!(await answers(url))) await postgres.restart("crash")
}

/** Until a statement of a node has waited too long, was refused, and waits again. */
const holdLocks = async ({ url }: Lab): Promise<void> => {
  const [holder, watcher] = [connection(url), connection(url)]
  await holder.unsafe("begin; select 1 from log_head for update").simple()
  const since = new Map<number, string>()
  for (let refused = false; !refused; )
    for (const [pid, start] of await waiting(watcher)) {
      refused ||= since.has(pid) && since.get(pid) !== start
      since.set(pid, start)
    }
  await holder.unsafe("rollback")
  await Promise.all([holder.end(), watcher.end()])
}

/** Until no node has a connection and none is to be had. */
const takeConnections = async ({ url, stage }: Lab): Promise<void> => {
  const admin = connection(url)
  const taken: Array<Connection> = []
  const nodes = "from pg_stat_activity where application_name like 'roomlog%' and datname = current_database()"
  for (let left = 1, isFull = false; left > 0 || !isFull; ) {
    await admin.unsafe(`select pg_terminate_backend(pid) ${nodes}`)
    const more = await Promise.all(Array.from({ length: 40 }, () => taking(url)))
    taken.push(...more.flat())
    isFull = more.some(({ length }) => length === 0)
    left = Number((await admin.unsafe(`select count(*)::int as left ${nodes}`))[0]!["left"])
  }
  await stage.writers.failing(5)
  felt(taken.length > 0 && (await taking(url)).length === 0, "a connection was to be had")
  await Promise.all([admin, ...taken].map((one) => one.end({ timeout: 1 })))
}

/** One more connection, if there is one to be had. */
const taking = async (url: string): Promise<ReadonlyArray<Connection>> => {
  const one = connection(url)
  try {
    await one.unsafe("select 1")
    return [one]
  } catch {
    await one.end({ timeout: 0 })
    return []
  }
}

/** Until statements have run into their time limit. */
const slowDown = async ({ url, stage }: Lab): Promise<void> => {
  const admin = connection(url)
  await admin.unsafe(slow)
  await stage.writers.failing(1)
  await admin.unsafe("drop trigger slow on event")
  await admin.end()
}

const slow = `create or replace function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(8); return null; end $$;
create trigger slow before insert on event for each statement execute function slowly()`

const connection = (url: string) =>
  postgres(url, { max: 1, onnotice: () => undefined, connect_timeout: 5, fetch_types: false })

type Connection = ReturnType<typeof connection>

/** Statements that wait for a lock, and since when. */
const waiting = async (sql: Connection): Promise<Map<number, string>> => {
  const rows = await sql.unsafe<Array<{ readonly pid: number; readonly since: string }>>(
    "select pid, query_start::text as since from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
  )
  return new Map(rows.map(({ pid, since }) => [pid, since]))
}

const answers = async (url: string): Promise<boolean> => {
  const sql = connection(url)
  const answer = await sql.unsafe("select 1").then(
    () => true,
    () => false,
  )
  await sql.end({ timeout: 1 })
  return answer
}
