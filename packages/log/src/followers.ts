import { setTimeout as sleep } from "node:timers/promises"
import { Effect, type Scope } from "effect"
import { DatabaseError, type Log, type Query, type Stored } from "./contract.ts"
import { type Driver, databaseError, isConnectionLost, isPassing } from "./driver.ts"
import { readPart } from "./read.ts"

/** Rows kept up to date behind the log: search, notifications, counters. */
export interface Projection {
  readonly name: string
  /** Another version starts from nothing, beside the old one. */
  readonly version: number
  /** Writes what the events mean. Its writes and the checkpoint are one transaction, so each event counts once. */
  readonly project: (events: ReadonlyArray<Stored>, query: Query) => Promise<void>
  /** When events mean nothing, as a condition in SQL: it is then moved past them unread, and not woken by news. */
  readonly unless?: string
}

/** How far a projection is in one partition, and the event that it cannot take, if there is one. */
export interface Checkpoint {
  readonly name: string
  readonly version: number
  readonly part: number
  readonly pos: number
  readonly poisonPos: number | null
  readonly poisonError: string | null
}

/**
 * Keeps a projection going in every partition until the scope closes. Several nodes may run it: each partition is
 * worked on by whoever holds its row. An event that it fails on stops it there and is recorded, never skipped.
 */
export const startProjection = (
  { driver, log }: { readonly driver: Driver; readonly log: Pick<Log<never, never>, "parts" | "onAppended"> },
  projection: Projection,
): Effect.Effect<void, DatabaseError, Scope.Scope> =>
  Effect.gen(function* () {
    const parts = Array.from({ length: log.parts }, (_, part) => part)
    const rows = `insert into projection (name, version, part) select $1, $2, unnest($3::smallint[]) on conflict do nothing`
    yield* Effect.tryPromise({
      try: () => driver.query(rows, [projection.name, projection.version, parts]),
      catch: databaseError,
    })
    const lookout = yield* Effect.acquireRelease(
      Effect.sync(() => new Lookout(driver, projection, parts)),
      (lookout) => Effect.promise(() => lookout.stop()),
    )
    yield* Effect.acquireRelease(
      Effect.sync(() => log.onAppended((events) => lookout.heard(events[0]!.part))),
      (stop) => Effect.sync(stop),
    )
  })

/** All checkpoints, for people who want to know what stands still. */
export const checkpoints = (query: Query): Promise<ReadonlyArray<Checkpoint>> =>
  query<Checkpoint>(`select name, version, part, pos, poison_pos as "poisonPos", poison_error as "poisonError"
    from projection order by name, version, part`)

/** Lets a projection try its poison event again, once its cause is mended. */
export const retryPoison = async (query: Query, name: string, version: number): Promise<void> => {
  await query("update projection set poison_pos = null, poison_error = null where name = $1 and version = $2", [
    name,
    version,
  ])
}

/** One projection. Looks for what nobody told, or another node let go of: once a second in all partitions together. */
class Lookout {
  readonly #driver: Driver
  readonly #projection: Projection
  readonly #followers: ReadonlyArray<Follower>
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  constructor(driver: Driver, projection: Projection, parts: ReadonlyArray<number>) {
    this.#driver = driver
    this.#projection = projection
    this.#followers = parts.map((part) => new Follower(driver, projection, part))
    this.#running = this.#run()
  }

  heard(part: number): void {
    this.#followers[part]?.heard()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#running, ...this.#followers.map((follower) => follower.stop())])
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#look().catch(ignored)
      await sleep(patience, undefined, { signal, ref: false }).catch(ignored)
    }
  }

  async #look(): Promise<void> {
    const { name, version, unless = "false" } = this.#projection
    const behind = await this.#driver.query<Behind>(look(unless), [name, version])
    if (behind.length === 0) return
    const isIdle = behind.every((one) => one.isIdle)
    for (const follower of this.#followers) follower.isIdle = isIdle
    if (isIdle) await this.#driver.query(leap(unless), [name, version])
    else for (const { part } of behind) this.#followers[part]?.heard()
  }
}

/** A partition in which a projection is behind, and whether what it has not read means nothing to it. */
interface Behind {
  readonly part: number
  readonly isIdle: boolean
}

/** One projection in one partition. */
class Follower {
  /** Events meant nothing when it was looked last. */
  isIdle = false
  readonly #driver: Driver
  readonly #projection: Projection
  readonly #part: number
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #news = false
  #wake: (() => void) | undefined

  constructor(driver: Driver, projection: Projection, part: number) {
    this.#driver = driver
    this.#projection = projection
    this.#part = part
    this.#running = this.#run()
  }

  heard(): void {
    if (!this.isIdle) this.#wakeUp()
  }

  stop(): Promise<void> {
    this.#stopping.abort()
    this.#wakeUp()
    return this.#running
  }

  #wakeUp(): void {
    this.#news = true
    this.#wake?.()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      if (!this.#news) await new Promise<void>((wake) => (this.#wake = wake))
      this.#news = false
      while (!signal.aborted && (await this.#step(page).catch((cause: unknown) => this.#singly(cause)))) {}
    }
  }

  /** Projects the next events, if there are any, the row is free and not poisoned; true when there may be more. */
  async #step(limit: number): Promise<boolean> {
    const { name, version, project, unless = "false" } = this.#projection
    const place = [name, version, this.#part]
    const [behind] = await this.#driver.query<Behind>(`${look(unless)} and part = $3`, place)
    if (behind === undefined) return false
    this.isIdle = behind.isIdle
    if (this.isIdle) return false
    return this.#driver.transaction(async (query) => {
      const [row] = await query<{ readonly pos: number }>(lease, place)
      if (row === undefined) return false
      const events = await readPart(query, { part: this.#part, after: row.pos, limit })
      const last = events.at(-1)
      if (last === undefined) return false
      await project(events, query).catch((cause: unknown) => {
        throw new Poison(events[0]!.pos, cause)
      })
      await query(move, [name, version, this.#part, last.pos])
      return events.length === limit
    })
  }

  /** A page failed: goes event by event up to the one that it fails on, and records that. */
  async #singly(cause: unknown): Promise<boolean> {
    if (!(cause instanceof Poison) || isInnocent(cause.why)) return false
    try {
      for (let i = 0; i < page && !this.#stopping.signal.aborted; i++) if (!(await this.#step(1))) return false
      return true
    } catch (single) {
      if (single instanceof Poison && !isInnocent(single.why)) await this.#record(single).catch(() => undefined)
      return false
    }
  }

  async #record({ pos, why }: Poison): Promise<void> {
    const { name, version } = this.#projection
    await this.#driver.query(poison, [name, version, this.#part, pos, String(why)])
  }
}

class Poison extends Error {
  readonly pos: number
  readonly why: unknown

  constructor(pos: number, why: unknown) {
    super(`Event ${pos} cannot be projected`)
    this.pos = pos
    this.why = why
  }
}

/** Not the event's fault: it is tried again. */
const isInnocent = (cause: unknown): boolean =>
  cause instanceof DatabaseError && (isConnectionLost(cause) || isPassing(cause))

const page = 500
/** Milliseconds between two looks. */
const patience = 1_000
/** Partitions in which a projection is behind. */
const look = (unless: string) => `select part, ${unless} as "isIdle" from projection join log_head using (part)
  where name = $1 and version = $2 and poison_pos is null and projection.pos < log_head.pos`
/** Past everything that was appended while the condition held, as one moment sees it. */
const leap = (unless: string) => `with free as (select part from projection join log_head using (part)
    where name = $1 and version = $2 and poison_pos is null and projection.pos < log_head.pos
    for update of projection skip locked)
  update projection set pos = log_head.pos from log_head join free using (part)
  where name = $1 and version = $2 and projection.part = log_head.part and projection.pos < log_head.pos and ${unless}`
const ignored = () => undefined
const lease = `select pos from projection
  where name = $1 and version = $2 and part = $3 and poison_pos is null for update skip locked`
const move = "update projection set pos = $4 where name = $1 and version = $2 and part = $3"
const poison = `update projection set poison_pos = $4, poison_error = $5
  where name = $1 and version = $2 and part = $3 and pos < $4`
