import { monitorEventLoopDelay } from "node:perf_hooks"
import type { Meter } from "@roomlog/backend"
import { Effect, type Scope } from "effect"

export interface BuildInfo {
  readonly version: string
  readonly node: string
}

/** Measures the process itself until the scope closes. */
export const measureProcess = (meter: Meter, { version, node }: BuildInfo): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const delay = monitorEventLoopDelay({ resolution })
      delay.enable()
      const info = { version, node_name: node, runtime: process.version }
      meter.gauge("roomlog_build_info", "What runs here", () => 1, info)
      const memory = meter.gauges("process_memory_bytes", "Memory of the process by kind", "kind")
      const delays = meter.gauges(
        "roomlog_event_loop_delay_seconds",
        "How late the event loop was since the last look",
        "quantile",
      )
      const started = Math.round(performance.timeOrigin / 1_000)
      meter.gauge("process_start_time_seconds", "When the process started, since 1970", () => started)
      meter.gauge("process_resident_memory_bytes", "Memory of the process", () => process.memoryUsage.rss())
      meter.total("process_cpu_seconds_total", "CPU time of the process", () => cpuSeconds())
      meter.beforeLook(async () => {
        const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
        memory.set(new Map(Object.entries({ heapUsed, heapTotal, external, arrayBuffers })))
        delays.set(
          new Map(quantiles.map(([quantile, percentile]) => [quantile, lateness(delay.percentile(percentile))])),
        )
        delay.reset()
      })
      return delay
    }),
    (delay) => Effect.sync(() => delay.disable()),
  ).pipe(Effect.asVoid)

/** Milliseconds between two looks at the loop. */
const resolution = 20

/** The histogram holds times from one look to the next, in nanoseconds. */
const lateness = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolution / 1e3)

const quantiles: ReadonlyArray<readonly [string, number]> = [
  ["0.5", 50],
  ["0.99", 99],
  ["1", 100],
]

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}
