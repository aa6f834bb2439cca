import { Effect, type Scope } from "effect"
import postgres from "postgres"
import { DatabaseError, type Query } from "./contract.ts"
import { arrayText, CannotOpen, type Driver, databaseError, isConnectionLost, passingThrough } from "./driver.ts"
import { RenewingPool } from "./renewing-pool.ts"
import { settingsOf, whatIsImpossible, whatIsWrong } from "./settings.ts"
import { watchedSocket } from "./watched-socket.ts"

export interface PostgresOptions {
  readonly url: string
  /** The same server itself, for the one connection that listens. When it is given and another, `url` leads to a pooler. */
  readonly listenUrl?: string
  /** Connections for reading; appends have up to four of their own. */
  readonly connections?: number
  /** How long the server may leave a question unanswered, in milliseconds; then the connection counts as lost. */
  readonly silence?: number
  /** How long a statement may take, in milliseconds; 0 is for ever. */
  readonly statementTimeout?: number
  /** What the server's list of connections calls these. */
  readonly application?: string
  /** Allows a server that may lose what it acknowledged (fsync or synchronous_commit off). For tests. */
  readonly allowUnsafe?: boolean
}

/**
 * Opens bounded pools on a Postgres 15 or newer and closes them with the scope. Refuses settings that the log is wrong
 * with. Behind a pooler nothing outlives a transaction: no prepared statement, no setting.
 */
export const openPostgres = (
  options: PostgresOptions,
): Effect.Effect<Driver, CannotOpen | DatabaseError, Scope.Scope> =>
  Effect.gen(function* () {
    const reading = yield* pool(options, { max: options.connections ?? 6, connection: plannedOnce })
    const committing = yield* pool(options, { max: 4, connection: { ...plannedOnce, ...byIndex } })
    const bell = yield* pool({ ...options, url: options.listenUrl ?? options.url }, { max: 1 })
    const settings = yield* Effect.tryPromise({ try: () => settingsOf(runningOn(reading).query), catch: unlessPooler })
    const sent = isPooled(options) ? {} : { timeouts: true }
    const [wrong] = (options.allowUnsafe ? whatIsImpossible : whatIsWrong)({ ...settings, ...sent })
    if (wrong !== undefined) return yield* new CannotOpen({ message: wrong })
    return driverOf({ reading, committing, bell })
  })

/**
 * Limits and lists of other lengths would have a statement planned each time, for as long as reading a page of history
 * takes, and the plan is always the same.
 */
const plannedOnce = { plan_cache_mode: "force_generic_plan" }
/** What is read for a commit is found by index, also with a plan that was made when the table was small. */
const byIndex = { enable_seqscan: "off" }

const isPooled = ({ url, listenUrl = url }: PostgresOptions): boolean => url !== listenUrl

/** A pooler that was not announced refuses the connection for what is asked of it. */
const unlessPooler = (cause: unknown): CannotOpen | DatabaseError => {
  const error = databaseError(cause)
  if (!error.message.includes("unsupported startup parameter")) return error
  return new CannotOpen({
    message: `DATABASE_URL leads to a pooler (${error.message}). Set DATABASE_LISTEN_URL to the address of Postgres itself: then nothing is asked of the pooler that it cannot do.`,
  })
}

type Types = { number: number; json: unknown; jsonb: unknown }
type Pool = postgres.Sql<Types>
type Connections = RenewingPool<Pool>

interface PoolOptions {
  readonly max: number
  readonly connection?: Readonly<Record<string, string>>
}

const pool = (options: PostgresOptions, own: PoolOptions): Effect.Effect<Connections, CannotOpen, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => new RenewingPool(() => connect(options, own), deadlineOf(options)),
      catch: (cause) =>
        new CannotOpen({ message: `The database address cannot be read (${String(cause)}). Write postgres://...` }),
    }),
    (connections) => Effect.promise(() => connections.end()),
  )

/** Longer than connecting, the statement and the silence after it can take, with time to wait for a connection. */
const deadlineOf = ({ silence = 8_000, statementTimeout = 5_000 }: PostgresOptions): number =>
  statementTimeout === 0 ? 0 : 2 * (statementTimeout + silence)

const connect = (options: PostgresOptions, { max, connection }: PoolOptions): Pool => {
  const { url, silence = 8_000, statementTimeout = 5_000, application = "roomlog" } = options
  const session = {
    statement_timeout: statementTimeout,
    lock_timeout: 3_000,
    idle_in_transaction_session_timeout: 5_000,
    jit: "off",
    ...connection,
  }
  return postgres(url, {
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
    prepare: !isPooled(options),
    connection: { application_name: application, ...(isPooled(options) ? {} : session) },
    types: {
      number: { to: 20, from: [20], serialize: String, parse: Number },
      json: jsonType(114),
      jsonb: jsonType(3802),
    },
  })
}

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

interface Pools {
  readonly reading: Connections
  readonly committing: Connections
  readonly bell: Connections
}

const driverOf = ({ reading, committing, bell }: Pools): Driver => ({
  engine: "postgres",
  shared: true,
  ...runningOn(reading),
  committing: runningOn(committing),
  script: (text) => reading.ask((sql) => scriptOn(sql)(text)),
  listen: async (channel, heard, ready) => {
    const { unlisten } = await bell.pool.listen(channel, heard, ready).catch(rethrow)
    return () => unlisten().catch(() => undefined)
  },
  notify: async (channel, payload) => {
    await bell.ask((sql) => queryOn(sql)("select pg_notify($1, $2)", [channel, payload]))
  },
})

const runningOn = (connections: Connections): Driver["committing"] => ({
  query: (text, params) => connections.ask((sql) => queryOn(sql)(text, params)),
  transaction: (work) => connections.ask((sql) => inTransaction(sql, work)),
})

type Work<A> = (query: Query, script: Driver["script"]) => Promise<A>

/**
 * When its connection is lost, what is left of the work is stopped here: postgres.js would let its statements, and the
 * rollback, go on in the connection's next life, in the middle of whatever happens there then.
 */
const inTransaction = async <A>(sql: Pool, work: Work<A>): Promise<A> => {
  let [isOver, isLost] = [false, false]
  const guarded = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    if (isOver) throw new DatabaseError({ code: "connection", message: "The transaction's connection is lost." })
    return ask().catch((cause: unknown) => {
      isLost ||= cause instanceof DatabaseError && isConnectionLost(cause)
      throw cause
    })
  }
  // The loss is noticed by postgres.js itself, which is not to answer it with a rollback: what failed by it stays open.
  const unnoticed = Promise.withResolvers<never>()
  const unlessLost = (cause: unknown): Promise<never> => {
    if (!isLost) throw cause
    setTimeout(unnoticed.reject, patience, cause).unref()
    return new Promise(() => undefined)
  }
  try {
    const done = passingThrough<A>((passing) =>
      sql.begin((tx) => {
        const [ask, tell] = [queryOn(tx), scriptOn(tx)]
        const query: Query = (text, params) => guarded(() => ask(text, params))
        return passing(work(query, (text) => guarded(() => tell(text)))).catch(unlessLost)
      }),
    )
    return await Promise.race([done, unnoticed.promise])
  } finally {
    isOver = true
  }
}

/** Milliseconds that a transaction waits to be told that its connection is lost. */
const patience = 2_000

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
