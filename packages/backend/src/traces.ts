import { Recent, type Stored } from "@roomlog/log"
import type { CommandId } from "@roomlog/schemas"
import { Context, Effect, Exit, Option, Tracer } from "effect"

/** Spans that wait for the next step of their command; older ones are forgotten, and the next step has no parent then. */
const mostWaiting = 10_000

/**
 * Follows each command into the append that it shares with others and out to its readers. Its trace has the command's
 * own id, so that every node tells its part of the story in the same trace without being told of it.
 */
export class Traces {
  readonly #tracer: Tracer.Tracer
  readonly #waiting = new Recent<Tracer.AnySpan>(mostWaiting)

  constructor(tracer: Tracer.Tracer) {
    this.#tracer = tracer
  }

  /** Runs a command within its trace. */
  command<A, E>(id: CommandId, execution: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.withParentSpan(execution, traceOf(id))
  }

  /** The command's own span has begun. */
  executing(id: CommandId, span: Tracer.AnySpan): void {
    this.#waiting.set(id, span)
  }

  /** A batch was committed just now, after so many milliseconds. */
  appended(events: ReadonlyArray<Stored>, milliseconds: number): void {
    for (const [command, { length }] of Map.groupBy(events, (event) => event.command)) {
      const span = this.#past("log.append", command, milliseconds)
      span.attribute("events", length)
      span.attribute("batch.events", events.length)
      span.end(nanoseconds(0), Exit.void)
      if (this.#waiting.get(command)) this.#waiting.set(command, span)
    }
  }

  /** Events were handed to so many subscribers just now, so many milliseconds after this node heard of them. */
  told(events: ReadonlyArray<{ readonly command: string }>, subscribers: number, milliseconds: number): void {
    for (const command of new Set(events.map((event) => event.command))) {
      const span = this.#past("feed.tell", command, milliseconds)
      span.attribute("subscribers", subscribers)
      span.end(nanoseconds(0), Exit.void)
    }
  }

  #past(name: string, command: string, milliseconds: number): Tracer.Span {
    return this.#tracer.span({
      name,
      parent: Option.some(this.#waiting.get(command) ?? traceOf(command)),
      annotations: Context.empty(),
      links: [],
      startTime: nanoseconds(milliseconds),
      kind: "internal",
      root: false,
      sampled: true,
    })
  }
}

/** A parent without an id is none: what is below it stands at the root of the trace. */
const traceOf = (command: string): Tracer.ExternalSpan =>
  Tracer.externalSpan({ traceId: command.replaceAll("-", ""), spanId: "" })

/** So long ago, since 1970. */
const nanoseconds = (millisecondsAgo: number): bigint =>
  BigInt(Math.round((performance.timeOrigin + performance.now() - millisecondsAgo) * 1_000)) * 1_000n
