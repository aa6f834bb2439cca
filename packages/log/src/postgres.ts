import { Effect, type Scope } from "effect"
import postgres from "postgres"
import type { DatabaseError, Query } from "./contract.ts"
import { arrayText, CannotOpen, type Driver, databaseError, passingThrough } from "./driver.ts"
import { watchedSocket } from "./watched-socket.ts"

export interface PostgresOptions {
  readonly url: string
  /** The same server without a pooler between, for the one connection that listens; `url` when left out. */
  readonly listenUrl?: string
  /** Connections for reading; appends have up to four of their own. */
  readonly connections?: number
  /** How long the server may leave a question unanswered, in milliseconds; then the connection counts as lost. */
  readonly silence?: number
  /** Allows a server that may lose what it acknowledged (fsync or synchronous_commit off). For tests. */
  readonly allowUnsafe?: boolean
}

/** Opens bounded pools on a Postgres 15 or newer and closes them with the scope. Refuses settings that the log is wrong with. */
export const openPostgres = (
  options: PostgresOptions,
): Effect.Effect<Driver, CannotOpen | DatabaseError, Scope.Scope> =>
  Effect.gen(function* () {
    const reading = yield* pool(options, { max: options.connections ?? 6 })
    const committing = yield* pool(options, { max: 4, connection: { enable_seqscan: "off" } })
    const bell = yield* pool({ ...options, url: options.listenUrl ?? options.url }, { max: 1 })
    const settings = yield* Effect.tryPromise({ try: () => settingsOf(queryOn(reading)), catch: databaseError })
    const wrong = whatIsWrong(settings, options.allowUnsafe ?? false)
    if (wrong !== undefined) return yield* new CannotOpen({ message: wrong })
    return driverOf({ reading, committing, bell })
  })

type Types = { number: number; json: unknown; jsonb: unknown }
type Pool = postgres.Sql<Types>

interface PoolOptions {
  readonly max: number
  readonly connection?: Readonly<Record<string, string>>
}

const pool = (options: PostgresOptions, own: PoolOptions): Effect.Effect<Pool, CannotOpen, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => connect(options, own),
      catch: (cause) =>
        new CannotOpen({ message: `The database address cannot be read (${String(cause)}). Write postgres://...` }),
    }),
    (sql) => Effect.promise(() => sql.end({ timeout: 5 }).catch(() => undefined)),
  )

/** Whatever is read for a commit is found by index, also with a plan that was made when the table was small. */
const connect = ({ url, silence = 8_000 }: PostgresOptions, { max, connection }: PoolOptions): Pool =>
  postgres(url, {
    max,
    connect_timeout: 5,
    keep_alive: 10,
    ...{
      socket: (to: Address) =>
        watchedSocket(to.path ? { path: to.path } : { host: to.host[0]!, port: to.port[0]! }, silence),
    },
    backoff: (tries: number) => Math.min(0.25, 0.01 * 2 ** tries),
    onnotice: () => undefined,
    // Arrays go as text with a cast. Asking for their types on each new connection would fail where nobody listens.
    fetch_types: false,
    connection: {
      application_name: "roomlog",
      statement_timeout: 5_000,
      lock_timeout: 3_000,
      idle_in_transaction_session_timeout: 5_000,
      jit: "off",
      ...connection,
    },
    types: {
      number: { to: 20, from: [20], serialize: String, parse: Number },
      json: jsonType(114),
      jsonb: jsonType(3802),
    },
  })

/** Where postgres.js wants to connect to. */
interface Address {
  readonly host: ReadonlyArray<string>
  readonly port: ReadonlyArray<number>
  readonly path?: string | false
}

/** A string is JSON already; anything else is turned into it. */
const jsonType = (oid: number) => ({
  to: oid,
  from: [oid],
  serialize: (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value)),
  parse: (text: string): unknown => JSON.parse(text),
})

interface Settings {
  readonly version: number
  readonly isolation: string
  readonly fsync: string
  readonly commit: string
}

const settingsOf = async (query: Query): Promise<Settings> => {
  const [settings] = await query<Settings>(`select
    current_setting('server_version_num')::int as version, current_setting('default_transaction_isolation') as isolation,
    current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`)
  return settings!
}

const whatIsWrong = (settings: Settings, allowUnsafe: boolean): string | undefined => {
  if (settings.version < 150_000) return "This Postgres is older than version 15. Upgrade it, or use another server."
  if (settings.isolation !== "read committed")
    return `The default isolation is "${settings.isolation}", with which appends collide for ever. Run: alter role current_user set default_transaction_isolation = 'read committed'`
  if (allowUnsafe) return undefined
  if (settings.fsync === "off")
    return "fsync is off: a power cut would lose messages that people saw as sent. Set fsync = on in postgresql.conf."
  if (settings.commit === "off")
    return "synchronous_commit is off: a crash would lose messages that people saw as sent. Run: alter role current_user set synchronous_commit = 'on'"
  return undefined
}

interface Pools {
  readonly reading: Pool
  readonly committing: Pool
  readonly bell: Pool
}

const driverOf = ({ reading, committing, bell }: Pools): Driver => ({
  engine: "postgres",
  group: 256,
  shared: true,
  ...runningOn(reading),
  committing: runningOn(committing),
  script: scriptOn(reading),
  listen: async (channel, heard, ready) => {
    const { unlisten } = await bell.listen(channel, heard, ready).catch(rethrow)
    return () => unlisten().catch(() => undefined)
  },
  notify: async (channel, payload) => {
    await queryOn(bell)("select pg_notify($1, $2)", [channel, payload])
  },
})

const runningOn = (sql: Pool): Driver["committing"] => ({
  query: queryOn(sql),
  transaction: (work) =>
    passingThrough((passing) => sql.begin((tx) => passing(work(queryOn(tx), scriptOn(tx)))) as Promise<unknown>),
})

const queryOn =
  (sql: Pool | postgres.TransactionSql<Types>): Query =>
  async <Row extends object>(text: string, params: ReadonlyArray<unknown> = []) =>
    (await sql.unsafe(text, params.map(toWire) as Array<string>, { prepare: true }).catch(rethrow)) as unknown as Row[]

const scriptOn = (sql: Pool | postgres.TransactionSql<Types>) => async (text: string) => {
  await sql.unsafe(text).simple().catch(rethrow)
}

const toWire = (value: unknown): unknown =>
  Array.isArray(value) ? arrayText(value) : value === undefined ? null : value

const rethrow = (cause: unknown): never => {
  throw databaseError(cause)
}
