import type { LogObserver } from "@roomlog/log"
import type { DeliveredEvent } from "@roomlog/schemas"
import { Effect, type Scope } from "effect"
import { type Watchers, watchRuns } from "./edge.ts"
import type { End } from "./feed/sink.ts"
import type { Measures, Resume } from "./measures.ts"
import { Traces } from "./traces.ts"

/** What the feed says of its work, when it is done. Nothing here throws or waits. */
export interface FeedObserver {
  /** Events of one room were handed to so many subscribers; `heard` is when this node heard of them, as `performance.now()`. */
  readonly told: (events: ReadonlyArray<DeliveredEvent>, subscribers: number, heard: number) => void
  /** A subscriber found its past. */
  readonly resumed: (from: Resume) => void
  /** A subscription ended, and not because its reader went away. */
  readonly ended: (why: End) => void
}

/** Counts what the log and the feed do, and follows it where there are traces. */
export const makeObserver = (
  measures: Measures,
  traces: Traces | undefined,
  now: () => number,
): LogObserver & FeedObserver => ({
  appended: (events, commands, milliseconds) => {
    measures.appended(events.length, commands, milliseconds)
    traces?.appended(events, milliseconds)
  },
  told: (events, subscribers, heard) => {
    const milliseconds = performance.now() - heard
    const age = now() - events[0]!.at
    measures.told(subscribers, { decided: age < hour ? age : milliseconds, heard: milliseconds })
    traces?.told(events, subscribers, milliseconds)
  },
  resumed: (from) => measures.resumed(from),
  ended: ({ _tag }) => {
    if (_tag === "slow") measures.slow()
  },
})

/** What is said to have happened longer ago was taken over from elsewhere, and did not take so long to be told. */
const hour = 3_600_000

/** What runs is watched until the scope closes; with a tracer it has spans. */
export const openWatch = (watchers: Watchers): Effect.Effect<Traces | undefined, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => watchRuns(watchers)),
    (stop) => Effect.sync(stop),
  ).pipe(Effect.as(watchers.tracer && new Traces(watchers.tracer)))
