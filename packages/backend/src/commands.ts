import { CommandReused, type DatabaseError, type Log, type Receipt as LogReceipt, Refused } from "@roomlog/log"
import type { Command, CommandId, Profile, Receipt, Rejection, Token } from "@roomlog/schemas"
import { Cause, Effect, Exit, Option } from "effect"
import type { Measures } from "./measures.ts"
import { rateOf, type Spend } from "./rates.ts"
import { Rejected, reject } from "./rejected.ts"
import type { Traces } from "./traces.ts"

/** The one way in for change: every door brings its commands here. */
export interface Commands {
  /** Exactly once for a command id of an actor, for ever; a repeat is answered as the first was. */
  readonly execute: (by: Profile, id: CommandId, command: Command) => Effect.Effect<Receipt, Rejected | DatabaseError>
}

/** Who counts and follows commands, if anybody. */
export interface Watch {
  readonly measures?: Measures
  readonly traces?: Traces | undefined
}

export const makeCommands = (log: Log<Command, Rejection>, spend: Spend, watch: Watch = {}): Commands => {
  // Without Effect.fn, which makes a span and captures two stacks for each command (docs/decisions/0013).
  const execute = (by: Profile, id: CommandId, command: Command): Effect.Effect<LogReceipt, Rejected | DatabaseError> =>
    spend(rateOf(command._tag), by.id).pipe(
      Effect.andThen(log.submit({ stream: command.room, actor: by.id, command: id, content: command })),
      Effect.mapError(rejected),
    )
  const followed: typeof execute = (by, id, command) =>
    watch.traces
      ? Effect.withSpan(Effect.andThen(follow(id, watch.traces), execute(by, id, command)), "Commands.execute")
      : execute(by, id, command)
  return {
    execute: (by, id, command) => {
      const execution = measured(followed(by, id, command), watch.measures)
      return Effect.map(watch.traces ? watch.traces.command(id, execution) : execution, ({ seq, at }) => ({
        room: command.room,
        seq,
        at,
        token: tokenOf(log.epoch(), seq),
      }))
    },
  }
}

/** The resume token of a reader who has heard everything up to `seq`. */
export const tokenOf = (epoch: string, seq: number): Token => `${epoch}.${seq}` as Token

/** What the log refuses, in the words of the chat. */
const rejected = (error: Rejected | Refused<Rejection> | CommandReused | DatabaseError): Rejected | DatabaseError => {
  if (error instanceof Refused) return reject(error.refusal)
  return error instanceof CommandReused ? reject({ _tag: "CommandReused", command: error.command as CommandId }) : error
}

const measured = <A extends { readonly repeated: boolean }>(
  execution: Effect.Effect<A, Rejected | DatabaseError>,
  measures: Measures | undefined,
): typeof execution =>
  measures === undefined
    ? execution
    : Effect.suspend(() => {
        const began = performance.now()
        return Effect.onExit(execution, (exit) => Effect.sync(() => count(measures, exit, performance.now() - began)))
      })

const count = (
  measures: Measures,
  exit: Exit.Exit<{ readonly repeated: boolean }, Rejected | DatabaseError>,
  milliseconds: number,
): void => {
  if (Exit.isSuccess(exit)) return measures.answered(exit.value.repeated ? "repeated" : "accepted", milliseconds)
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (error instanceof Rejected) measures.refused(error.rejection._tag)
  measures.answered(error instanceof Rejected ? "refused" : "failed", milliseconds)
}

/** Lets the append and the delivery find the command's span. */
const follow = (id: CommandId, traces: Traces): Effect.Effect<void> =>
  Effect.map(Effect.orDie(Effect.currentSpan), (span) => traces.executing(id, span))
