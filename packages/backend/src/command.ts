import type { DatabaseError } from "@roomlog/log"
import { type Command, CommandId, type CommandTag, type Receipt } from "@roomlog/schemas"
import { Effect, type Option, Schema } from "effect"
import type { Backend } from "./backend.ts"
import type { Actor } from "./identity/identity.ts"
import type { Rejected } from "./rejected.ts"
import { answer, parsing, signedIn, wire } from "./trpc.ts"

type Tagged<Tag extends CommandTag, Fields extends Schema.Struct.Fields> = Schema.TaggedStruct<Tag, Fields>
type Input<Fields extends Schema.Struct.Fields> = Schema.Codec<
  { readonly commandId: CommandId } & Omit<Schema.Struct.Type<Fields>, "_tag">,
  { readonly commandId: string } & Omit<Schema.Struct.Encoded<Fields>, "_tag">
>

type Context = { readonly backend: Backend; readonly actor: Actor }

/** A command's procedure for who does without tRPC: what it takes, and what it does. */
export interface Carried {
  /** The input, if it is one that tRPC would take. */
  readonly read: (input: unknown) => Option.Option<unknown>
  readonly carryOut: (context: Context, input: unknown) => Effect.Effect<Receipt, Rejected | DatabaseError>
}

const carried = new WeakMap<object, Carried>()

/** What a procedure does, when it is that of a command. */
export const carriedBy = (procedure: object): Carried | undefined => carried.get(procedure)

/** The procedure of a command: its fields and a command id go in, where it stands comes out. `after` may fail unnoticed. */
export const command = <Tag extends CommandTag, Fields extends Schema.Struct.Fields>(
  schema: Tagged<Tag, Fields>,
  after: (context: Context, receipt: Receipt) => Effect.Effect<void, DatabaseError> = () => Effect.void,
) => {
  const { _tag, ...fields } = schema.fields
  const tag = (_tag as Schema.tag<Tag>).schema.literal
  const input = Schema.Struct({ commandId: CommandId, ...fields }) as unknown as Input<Fields>
  const carryOut = (context: Context, given: unknown) => {
    const { commandId, ...words } = given as { readonly commandId: CommandId }
    const command = { ...words, _tag: tag } as unknown as Command
    const execution = context.backend.commands.execute(context.actor, commandId, command)
    return Effect.tap(execution, (receipt) => Effect.ignore(after(context, receipt)))
  }
  const procedure = signedIn.input(wire(input)).mutation(({ ctx, input }) => answer(carryOut(ctx, input)))
  carried.set(procedure, { read: Schema.decodeUnknownOption(input, parsing), carryOut })
  return procedure
}
