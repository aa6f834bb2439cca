import { createHash } from "node:crypto"
import { Effect } from "effect"
import type { DatabaseError, Query } from "./contract.ts"
import { CannotOpen, type Driver, databaseError } from "./driver.ts"

/** One step of a schema. It never changes once it was released. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/**
 * Brings the steps of a list up to date, all or none, while other processes that try the same wait. A role that may
 * not change the tables only makes sure that nothing is left to do.
 * A released step whose text changed is refused, and so is a database that a newer version has written.
 */
export const migrate = (
  driver: Driver,
  list: string,
  steps: ReadonlyArray<Migration>,
): Effect.Effect<void, CannotOpen | DatabaseError> =>
  Effect.tryPromise({
    try: async () => {
      const undone = await undoneSteps(driver.query, list, steps)
      if (undone.length === 0) return
      if (!(await mayChangeTables(driver.query))) throw ownersWork(list, undone)
      await takeSteps(driver, list, steps)
    },
    catch: (cause) => (cause instanceof CannotOpen ? cause : databaseError(cause)),
  })

/** The steps of a list that this database does not have yet. Refuses as `migrate` does. */
export const undoneSteps = async (
  query: Query,
  list: string,
  steps: ReadonlyArray<Migration>,
): Promise<ReadonlyArray<Migration>> => {
  const [{ exists }] = (await query("select to_regclass('migration') is not null as exists")) as [{ exists: boolean }]
  const done = exists ? await recorded(query, list) : []
  checkAll(list, steps, done)
  return steps.slice(done.length)
}

/** Whether this role owns the tables, or may make them where there are none. */
const mayChangeTables = async (query: Query): Promise<boolean> => {
  const [{ may }] = (await query(`select coalesce(
    (select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('migration')),
    has_schema_privilege(current_schema(), 'create'), false) as may`)) as [{ may: boolean }]
  return may
}

/** Takes the steps of a list that were not taken yet, all or none, as somebody who owns the tables. */
export const takeSteps = (driver: Driver, list: string, steps: ReadonlyArray<Migration>): Promise<void> =>
  driver.transaction(async (query, script) => {
    await script(
      "set local lock_timeout = 0; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0",
    )
    await query("select pg_advisory_xact_lock(6007040154290)")
    await script(table)
    const done = await recorded(query, list)
    checkAll(list, steps, done)
    for (const [i, step] of steps.entries())
      if (i >= done.length) await run(query, script, { list, number: i + 1, step })
  })

const table = `create table if not exists migration (
  list text not null,
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (list, number)
)`

interface Recorded {
  readonly name: string
  readonly checksum: string
}

const recorded = (query: Query, list: string) =>
  query<Recorded>("select name, checksum from migration where list = $1 order by number", [list])

const run = async (
  query: Query,
  script: Driver["script"],
  { list, number, step }: { readonly list: string; readonly number: number; readonly step: Migration },
) => {
  await script(step.sql)
  const row = [list, number, step.name, checksum(step)]
  await query("insert into migration (list, number, name, checksum) values ($1, $2, $3, $4)", row)
}

const checkAll = (list: string, steps: ReadonlyArray<Migration>, done: ReadonlyArray<Recorded>) => {
  for (const [i, step] of steps.slice(0, done.length).entries()) check(list, step, done[i]!)
  if (done.length > steps.length) throw newer(list, done[steps.length]!.name)
}

const check = (list: string, step: Migration, done: Recorded) => {
  if (done.checksum === checksum(step)) return
  const message = `Step ${step.name} of "${list}" is not what this database was made with (${done.name}). Released steps never change: put the old text back and add a new step.`
  throw new CannotOpen({ message })
}

const checksum = ({ name, sql }: Migration): string => createHash("sha256").update(`${name}\n${sql}`).digest("hex")

const newer = (list: string, name: string) =>
  new CannotOpen({
    message: `This database was written by a newer version (it has step ${name} of "${list}"). Start that version, or restore a backup.`,
  })

const ownersWork = (list: string, undone: ReadonlyArray<Migration>) =>
  new CannotOpen({
    message: `The tables of "${list}" are not up to date (${undone.map(({ name }) => name).join(", ")}), and this role may not change them. Run \`roomlog migrate\` as the role that owns them.`,
  })
