import type { Query } from "./contract.ts"

/** What a Postgres was set to for the connection that asked. */
export interface Settings {
  /** As Postgres counts: 150000 is 15.0. */
  readonly version: number
  readonly encoding: string
  readonly isolation: string
  readonly fsync: string
  readonly commit: string
  /** True for a standby, and where transactions begin as read only. */
  readonly readOnly: boolean
  /** Whether a statement, a wait for a lock and an idle transaction each end by themselves. */
  readonly timeouts: boolean
}

/** Asks a Postgres for everything that the log depends on. */
export const settingsOf = async (query: Query): Promise<Settings> => {
  const [settings] = await query<Settings>(`select
    current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
    current_setting('default_transaction_isolation') as isolation,
    current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
    pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as "readOnly",
    '0' not in (current_setting('statement_timeout'), current_setting('lock_timeout'),
      current_setting('idle_in_transaction_session_timeout')) as timeouts`)
  return settings!
}

/** Sentences on what the log would be wrong with, and what to do; none when all is well. */
export const whatIsWrong = (settings: Settings): ReadonlyArray<string> =>
  [...impossible(settings), ...unsafe(settings)].map(([, sentence]) => sentence)

/** The same, without what only a crash would show. */
export const whatIsImpossible = (settings: Settings): ReadonlyArray<string> =>
  impossible(settings).map(([, sentence]) => sentence)

type Rule = readonly [isBroken: boolean, sentence: string]
const broken = (...rules: ReadonlyArray<Rule>): ReadonlyArray<Rule> => rules.filter(([isBroken]) => isBroken)

const impossible = ({ version, encoding, isolation, readOnly, timeouts }: Settings): ReadonlyArray<Rule> =>
  broken(
    [version < 150_000, "This Postgres is older than version 15. Upgrade it, or use another server."],
    [
      encoding !== "UTF8",
      `This database keeps texts as ${encoding}, which cannot hold what people write. Make another: create database chat encoding 'UTF8' template template0`,
    ],
    [
      isolation !== "read committed",
      `The default isolation is "${isolation}", with which appends collide for ever. Run: alter role current_user set default_transaction_isolation = 'read committed'`,
    ],
    [
      readOnly,
      "This Postgres takes no writes: it is a standby, or default_transaction_read_only is on. Use the primary.",
    ],
    [
      !timeouts,
      "A pooler stands before this Postgres and its statements have no time-outs. Run `roomlog migrate --role NAME` for the role that Roomlog connects as, then let the pooler reconnect (in PgBouncer's console: reconnect).",
    ],
  )

const unsafe = ({ fsync, commit }: Settings): ReadonlyArray<Rule> =>
  broken(
    [
      fsync === "off",
      "fsync is off: a power cut would lose messages that people saw as sent. Set fsync = on in postgresql.conf.",
    ],
    [
      commit === "off",
      "synchronous_commit is off: a crash would lose messages that people saw as sent. Run: alter role current_user set synchronous_commit = 'on'",
    ],
  )
