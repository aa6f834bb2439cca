import { type Counters, type Histogram, type Meter, seconds } from "@roomlog/backend"
import { checkpoints, DatabaseError, type Driver, type Query } from "@roomlog/log"

/** The same driver, with the questions that wait, how long they take, and the errors counted for each of its pools. */
export const measuredDriver = (driver: Driver, meter: Meter): Driver => {
  const errors = meter.counters("roomlog_database_errors_total", "Questions that failed, by SQLSTATE", "code")
  const reading = new Pool(meter, "reading", errors)
  const committing = new Pool(meter, "committing", errors)
  return {
    ...driver,
    query: reading.watched(driver.query),
    transaction: (work) => reading.during(() => driver.transaction(work)),
    committing: {
      query: committing.watched(driver.committing.query),
      transaction: (work) => committing.during(() => driver.committing.transaction(work)),
    },
  }
}

/** Brings up to date, whenever somebody looks, how far each projection is behind the log, over all partitions. */
export const measureProjections = (meter: Meter, query: Query): void => {
  const lag = meter.gauges("roomlog_projection_lag_events", "Events a projection has not taken yet", "projection")
  const stuck = meter.gauges(
    "roomlog_projection_stuck",
    "Partitions in which an event stops a projection",
    "projection",
  )
  meter.beforeLook(async () => {
    const [heads, all] = await Promise.all([
      query<{ part: number; pos: number }>("select part, pos from log_head"),
      checkpoints(query),
    ])
    const headOf = new Map(heads.map(({ part, pos }) => [part, pos]))
    const behind = new Map<string, number>()
    const stopped = new Map<string, number>()
    for (const { name, version, part, pos, poisonPos } of all) {
      const projection = `${name}/${version}`
      behind.set(projection, (behind.get(projection) ?? 0) + Math.max(0, (headOf.get(part) ?? pos) - pos))
      stopped.set(projection, (stopped.get(projection) ?? 0) + (poisonPos === null ? 0 : 1))
    }
    lag.set(behind)
    stuck.set(stopped)
  })
}

class Pool {
  readonly #errors: Counters
  readonly #took: Histogram
  #now = 0

  constructor(meter: Meter, pool: string, errors: Counters) {
    this.#errors = errors
    const waiting = "Questions and transactions that were begun and are not answered"
    meter.gauge("roomlog_database_in_flight", waiting, () => this.#now, { pool })
    this.#took = meter.histogram("roomlog_database_seconds", "Time from a question to its answer", seconds, { pool })
  }

  watched(query: Query): Query {
    return (text, params) => this.during(() => query(text, params))
  }

  async during<A>(work: () => Promise<A>): Promise<A> {
    const began = performance.now()
    this.#now += 1
    try {
      return await work()
    } catch (error) {
      if (error instanceof DatabaseError) this.#errors.add(error.code)
      throw error
    } finally {
      this.#now -= 1
      this.#took.observe((performance.now() - began) / 1_000)
    }
  }
}
