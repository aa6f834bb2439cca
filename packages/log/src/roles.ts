import type { Query } from "./contract.ts"
import { CannotOpen, type Driver } from "./driver.ts"

/**
 * Lets a role do what a node does and no more: it cannot change or remove events, nor the trigger that keeps them,
 * and its statements end by themselves also behind a pooler. Run it as the owner of the tables.
 */
export const grantTo = ({ transaction }: Driver, role: string): Promise<void> =>
  transaction(async (query, script) => {
    await refuseUnfit(query, role)
    await script(await granting(query, role))
    await script(timeouts(await databaseOf(query), role))
  })

/** The same again for every role that it was done for, because tables were made or replaced since. */
export const grantAgain = async (query: Query, script: Driver["script"]): Promise<ReadonlyArray<string>> => {
  const roles = await query<{ readonly role: string }>(`select rolname as role
    from pg_class, aclexplode(relacl) join pg_roles on pg_roles.oid = grantee
    where pg_class.oid = 'event'::regclass and privilege_type = 'INSERT' and grantee <> relowner order by 1`)
  const names = roles.map(({ role }) => role)
  for (const name of names) await script(await granting(query, name))
  return names
}

/** Tables with rules of their own; every other may be read and written. */
const allowed: Readonly<Record<string, string>> = {
  event: "select, insert",
  migration: "select",
  log_meta: "select, insert",
  log_head: "select, insert, update",
  stream: "select, insert, update",
  agreed: "select, insert",
}

const granting = async (query: Query, role: string): Promise<string> => {
  const tables = await query<{ readonly name: string }>(`select relname as name from pg_class
    where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace
    and relowner = (select relowner from pg_class where oid = 'event'::regclass)`)
  const [{ schema }] = (await query("select current_schema() as schema")) as [{ schema: string }]
  const to = quoted(role)
  const each = tables.map(({ name }) => {
    const rights = allowed[name] ?? "select, insert, update, delete"
    return `revoke all on ${quoted(name)} from ${to}; grant ${rights} on ${quoted(name)} to ${to};`
  })
  return [`grant usage on schema ${quoted(schema)} to ${to};`, ...each].join("\n")
}

/** Such as a node asks for itself where nothing stands between; a pooler does not pass them on. */
const timeouts = (database: string, role: string): string =>
  Object.entries({ statement_timeout: "5s", lock_timeout: "3s", idle_in_transaction_session_timeout: "5s", jit: "off" })
    .map(([name, value]) => `alter role ${quoted(role)} in database ${quoted(database)} set ${name} = '${value}';`)
    .join("\n")

const databaseOf = async (query: Query): Promise<string> => {
  const [{ name }] = (await query("select current_database() as name")) as [{ name: string }]
  return name
}

const refuseUnfit = async (query: Query, role: string): Promise<void> => {
  const [found] = await query<{ readonly owns: boolean }>(
    `select rolsuper or pg_has_role(pg_roles.oid, relowner, 'usage') as owns from pg_roles, pg_class
     where rolname = $1 and pg_class.oid = 'event'::regclass`,
    [role],
  )
  const make = `Make one: create role ${quoted(role)} login password '...'`
  if (found === undefined) throw new CannotOpen({ message: `There is no role ${role}. ${make}` })
  if (found.owns)
    throw new CannotOpen({
      message: `The role ${role} owns the tables, or may do everything, so nothing can be kept from it. Give the name of another.`,
    })
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
