import { Context, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"

/** Counts up. Adding is one addition. */
export interface Counter {
  readonly add: (more?: number) => void
}

/** Counts up by what it was; the value of its label is one of a few known words. */
export interface Counters {
  readonly add: (which: string, more?: number) => void
}

/** Sorts measurements into buckets. */
export interface Histogram {
  readonly observe: (value: number) => void
}

/** Numbers that are set when somebody looks, by label. */
export interface Gauges {
  readonly set: (values: ReadonlyMap<string, number>) => void
}

type Labels = Readonly<Record<string, string>>

/** Values of a label that are told apart; more than these count as "other", so that no caller can make series without end. */
const mostSeries = 100

/**
 * Numbers about this process in a registry of its own. Counting touches plain fields, and no Effect runs; Effect's
 * renderer reads them when somebody asks for the text.
 */
export class Meter {
  readonly #registry: Context.Context<never> = Context.make(Metric.MetricRegistry, new Map())
  readonly #looks: Array<() => Promise<void>> = []

  counter(name: string, description: string, attributes: Labels = {}): Counter {
    let count = 0
    const metric = Metric.counter(name, { description, attributes, incremental: true })
    Metric.registerUnsafe(
      metric,
      this.#registry,
      readBy(() => ({ count, incremental: true })),
    )
    return {
      add: (more = 1) => {
        count += more
      },
    }
  }

  /** `known` are there from the start, at zero, so that the first one of a kind is seen as an increase. */
  counters(name: string, description: string, label: string, known: ReadonlyArray<string> = []): Counters {
    const all = new Map<string, Counter>()
    const counterOf = (which: string): Counter => {
      const there = all.get(which)
      if (there) return there
      if (all.size >= mostSeries && which !== "other") return counterOf("other")
      const made = this.counter(name, description, { [label]: which })
      all.set(which, made)
      return made
    }
    for (const which of known) counterOf(which)
    return { add: (which, more) => counterOf(which).add(more) }
  }

  histogram(name: string, description: string, bounds: ReadonlyArray<number>, attributes: Labels = {}): Histogram {
    const counts = new Float64Array(bounds.length + 1)
    let sum = 0
    const metric = Metric.histogram(name, { description, boundaries: bounds, attributes })
    Metric.registerUnsafe(
      metric,
      this.#registry,
      readBy(() => histogramState(bounds, counts, sum)),
    )
    return {
      observe: (value) => {
        let bucket = 0
        while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1
        counts[bucket]! += 1
        sum += value
      },
    }
  }

  /** A number that is read when somebody looks. */
  gauge(name: string, description: string, read: () => number, attributes: Labels = {}): void {
    const metric = Metric.gauge(name, { description, attributes })
    Metric.registerUnsafe(
      metric,
      this.#registry,
      readBy(() => ({ value: read() })),
    )
  }

  /** A number that only grows, read when somebody looks. */
  total(name: string, description: string, read: () => number): void {
    const metric = Metric.counter(name, { description, incremental: true })
    Metric.registerUnsafe(
      metric,
      this.#registry,
      readBy(() => ({ count: read(), incremental: true })),
    )
  }

  /** Numbers by label; those that are not set any more are gone. */
  gauges(name: string, description: string, label: string): Gauges {
    let current: ReadonlyMap<string, number> = new Map()
    const shown = new Map<string, Metric.Registration>()
    const show = (which: string) => {
      const metric = Metric.gauge(name, { description, attributes: { [label]: which } })
      const read = () => ({ value: current.get(which) ?? 0 })
      shown.set(which, Metric.registerUnsafe(metric, this.#registry, readBy(read)))
    }
    return {
      set: (values) => {
        current = new Map([...values].slice(0, mostSeries))
        for (const [which, registration] of shown)
          if (!current.has(which)) {
            registration.remove()
            shown.delete(which)
          }
        for (const which of current.keys()) if (!shown.has(which)) show(which)
      },
    }
  }

  /** Work that brings numbers up to date before they are shown. It may fail: they then stay as they were. */
  beforeLook(look: () => Promise<void>): void {
    this.#looks.push(look)
  }

  /** All numbers in Prometheus' text format, at the latest after `patience` milliseconds. */
  async text(patience = 1_000): Promise<string> {
    let late: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      late = setTimeout(resolve, patience)
    })
    await Promise.race([Promise.allSettled(this.#looks.map((look) => look())), enough])
    clearTimeout(late)
    return PrometheusMetrics.formatUnsafe(this.#registry)
  }
}

const readBy = <State>(get: () => State): Metric.Metric.Hooks<unknown, State> => ({
  get,
  update: () => undefined,
  modify: () => undefined,
})

/** Buckets as Effect has them: each with everything below it. */
const histogramState = (bounds: ReadonlyArray<number>, counts: Float64Array, sum: number): Metric.HistogramState => {
  let count = 0
  const buckets = bounds.map((bound, i): [number, number] => {
    count += counts[i]!
    return [bound, count]
  })
  return { buckets, count: count + counts[bounds.length]!, min: 0, max: 0, sum }
}
