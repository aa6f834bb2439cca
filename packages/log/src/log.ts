import { randomBytes } from "node:crypto"
import { Effect, type Scope } from "effect"
import { alone, type Carrier } from "./carrier/carrier.ts"
import { openPostgresCarrier } from "./carrier/postgres.ts"
import { Committer } from "./committer.ts"
import {
  type CommandReused,
  DatabaseError,
  type Judge,
  type Log,
  type LogObserver,
  type Query,
  type Receipt,
  type Refused,
  type Stored,
} from "./contract.ts"
import { CannotOpen, type Driver, databaseError } from "./driver.ts"
import { jointly } from "./jointly.ts"
import { migrate } from "./migrations.ts"
import { newsByHead, newsByTopic } from "./news.ts"
import { readHeads, readPart, readStream, readStreamText, streamHeads } from "./read.ts"
import { logMigrations } from "./schema.ts"
import { appendStatement } from "./statement.ts"

export interface LogOptions<Content, Refusal> {
  readonly driver: Driver
  readonly judge: Judge<Content, Refusal>
  /** Number of partitions, at the first start only; later it must be the same or left out. 1 on PGlite, 8 on Postgres. */
  readonly parts?: number
  readonly now?: () => number
  /** How long a command waits for a lost database, in milliseconds. */
  readonly patience?: number
  /** Carries news between the nodes; NOTIFY when left out and other processes may write. */
  readonly carrier?: Carrier
  /** Events that all nodes are told, where the carrier brings others only to the nodes that are interested in them. */
  readonly everywhere?: (event: Stored) => boolean
  /** How often the heads are asked for, in case a wake-up was lost, in milliseconds. */
  readonly pollEvery?: number
  /** Told of every batch that this node appended. */
  readonly observe?: LogObserver
  /** Told when a listener throws, which it must not. */
  readonly onDefect?: (cause: unknown) => void
}

/** Opens the log and makes its tables when they are not there. Closing answers everything that was submitted before. */
export const openLog = <Content, Refusal>(
  options: LogOptions<Content, Refusal>,
): Effect.Effect<Log<Content, Refusal>, CannotOpen | DatabaseError, Scope.Scope> =>
  Effect.gen(function* () {
    const { driver } = options
    yield* migrate(driver, "log", logMigrations)
    const meta = yield* Effect.tryPromise({ try: () => metaOf(driver, options.parts), catch: databaseError })
    if (options.parts !== undefined && options.parts !== meta.parts) return yield* otherParts(meta.parts, options.parts)
    const carrier = options.carrier ?? (driver.shared ? yield* openPostgresCarrier(driver) : alone)
    const [log] = yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => start({ ...options, carrier }, meta), catch: databaseError }),
      ([, stop]) => Effect.promise(stop),
    )
    return log
  })

/** Says that history was rewound, as after restoring a backup: clients then start afresh. Run it while the log is closed. */
export const renewEpoch = async (query: Query): Promise<string> => {
  const epoch = newEpoch()
  await query("update log_meta set epoch = $1", [epoch])
  return epoch
}

interface Meta {
  readonly parts: number
  readonly epoch: string
}

const newEpoch = (): string => randomBytes(4).toString("hex")

const metaOf = async ({ query, engine }: Driver, wanted: number | undefined): Promise<Meta> => {
  const parts = wanted ?? (engine === "pglite" ? 1 : 8)
  await query("insert into log_meta (parts, epoch) values ($1, $2) on conflict do nothing", [parts, newEpoch()])
  const [meta] = await query<Meta>("select parts, epoch from log_meta")
  await query(
    "insert into log_head (part, pos) select part, 0 from generate_series(0, $1::int - 1) as part on conflict do nothing",
    [meta!.parts],
  )
  return meta!
}

const otherParts = (parts: number, wanted: number) =>
  new CannotOpen({
    message: `This log has ${parts} partitions, which can never change, but ${wanted} were asked for. Ask for ${parts}, or leave the number out.`,
  })

const start = async <Content, Refusal>(
  options: LogOptions<Content, Refusal> & { readonly carrier: Carrier },
  { parts, epoch }: Meta,
): Promise<readonly [Log<Content, Refusal>, stop: () => Promise<void>]> => {
  const { driver, judge, carrier, now = Date.now, patience = 10_000, onDefect = console.error } = options
  const partOf = (stream: string) => fnv1a(stream) % parts
  const listeners = new Set<(events: ReadonlyArray<Stored>) => void>()
  let closed = false
  const deliver = (events: ReadonlyArray<Stored>) => {
    for (const heard of listeners)
      try {
        heard(events)
      } catch (cause) {
        onDefect(cause)
      }
  }
  const nodes = (carrier.byTopic ? newsByTopic : newsByHead)({ ...options, partOf, deliver })
  const append = appendStatement(judge.tables)
  const appendJointly = jointly(append, driver.committing.query)
  const committers = (await readHeads(driver.query)).map(
    ({ part, pos }) =>
      new Committer({
        driver,
        judge,
        append,
        appendJointly,
        part,
        pos,
        now,
        patience,
        deliver: nodes.committed,
        mayLeap: carrier.byTopic,
        appended: options.observe?.appended,
      }),
  )
  const stopHearing = nodes.begin(committers)
  const read = <A>(reading: (query: Query) => Promise<A>) =>
    Effect.tryPromise({ try: () => reading(driver.query), catch: databaseError })

  const log: Log<Content, Refusal> = {
    parts,
    partOf,
    epoch: () => epoch,
    submit: (submission) =>
      Effect.callback<Receipt, Refused<Refusal> | CommandReused | DatabaseError>((resume) => {
        if (closed) resume(Effect.fail(isClosed))
        else committers[partOf(submission.stream)]!.submit(submission, resume)
      }),
    readStream: (stream, after, limit) => read((query) => readStream(query, { stream, after, limit })),
    readStreamText: (stream, after, limit) => read((query) => readStreamText(query, { stream, after, limit })),
    readPart: (part, after, limit) => read((query) => readPart(query, { part, after, limit })),
    streamHead: (stream) => read(async (query) => (await streamHeads(query, [stream]))[0]?.seq ?? 0),
    head: (part) => read(async (query) => (await readHeads(query)).find((head) => head.part === part)?.pos ?? 0),
    interest: nodes.interest,
    onAppended: (heard) => {
      listeners.add(heard)
      return () => listeners.delete(heard)
    },
    query: driver.query,
  }
  const stop = async () => {
    closed = true
    await Promise.all(committers.map((committer) => committer.drained()))
    stopHearing()
  }
  return [log, stop]
}

const isClosed = new DatabaseError({ code: "connection", message: "The log is closed." })

/** Stays the same for ever: streams may not change their partition. */
const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
