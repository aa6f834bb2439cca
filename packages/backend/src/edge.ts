import { Cause, Context, Effect, Logger, References, Tracer } from "effect"

/** Who watches what is run. */
export interface Watchers {
  /** Collects spans; without one they cost nothing. */
  readonly tracer?: Tracer.Tracer | undefined
  /** Told of errors that code inside logs because no caller hears of them. */
  readonly failed?: ((cause: unknown) => void) | undefined
}

const untraced = Context.make(References.TracerEnabled, false)
let surroundings: Context.Context<never> = untraced

/** Leaves Effect for a promise, which fails with the Effect's own error. Only edges to promise-based code call this. */
export const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromiseWith(surroundings)(effect)

/** From now on, and for the whole process, what is run is watched. Returns how to end that. */
export const watchRuns = ({ tracer, failed }: Watchers): (() => void) => {
  const traced = tracer ? Context.make(Tracer.Tracer, tracer) : untraced
  const mine = failed ? Context.add(traced, Logger.CurrentLoggers, new Set([tellingErrors(failed)])) : traced
  surroundings = mine
  return () => {
    if (surroundings === mine) surroundings = untraced
  }
}

/** Effect's own loggers would write an error down with everything in it. */
const tellingErrors = (failed: (cause: unknown) => void) =>
  Logger.make(({ cause, message, logLevel }) => {
    if (logLevel !== "Error" && logLevel !== "Fatal") return
    const error = [message].flat().find((part) => part instanceof Error)
    failed(error ?? Cause.squash(cause))
  })
