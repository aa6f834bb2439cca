import type { DatabaseError, Log } from "@roomlog/log"
import type { Command, CommandId, Profile, Receipt, Rejection, Token } from "@roomlog/schemas"
import { Effect } from "effect"
import { rateOf, type Spend } from "./rates.ts"
import { type Rejected, reject } from "./rejected.ts"

/** The one way in for change: every door brings its commands here. */
export interface Commands {
  /** Exactly once for a command id of an actor, for ever; a repeat is answered as the first was. */
  readonly execute: (by: Profile, id: CommandId, command: Command) => Effect.Effect<Receipt, Rejected | DatabaseError>
}

export const makeCommands = (log: Log<Command, Rejection>, spend: Spend): Commands => ({
  execute: Effect.fn("Commands.execute")(function* (by, id, command) {
    yield* spend(rateOf(command._tag), by.id)
    const { seq, at } = yield* log.submit({ stream: command.room, actor: by.id, command: id, content: command }).pipe(
      Effect.catchTags({
        Refused: ({ refusal }) => Effect.fail(reject(refusal)),
        CommandReused: () => Effect.fail(reject({ _tag: "CommandReused", command: id })),
      }),
    )
    return { room: command.room, seq, at, token: tokenOf(log.epoch(), seq) }
  }),
})

/** The resume token of a reader who has heard everything up to `seq`. */
export const tokenOf = (epoch: string, seq: number): Token => `${epoch}.${seq}` as Token
