import type { DatabaseError } from "@roomlog/log"
import { type Command, CommandId, type CommandTag, type Receipt } from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { alsoCarried, type Caller } from "./carried.ts"
import { answer, parsing, signedIn, wire } from "./trpc.ts"

type Tagged<Tag extends CommandTag, Fields extends Schema.Struct.Fields> = Schema.TaggedStruct<Tag, Fields>
type Input<Fields extends Schema.Struct.Fields> = Schema.Codec<
  { readonly commandId: CommandId } & Omit<Schema.Struct.Type<Fields>, "_tag">,
  { readonly commandId: string } & Omit<Schema.Struct.Encoded<Fields>, "_tag">
>

/** The procedure of a command: its fields and a command id go in, where it stands comes out. `after` may fail unnoticed. */
export const command = <Tag extends CommandTag, Fields extends Schema.Struct.Fields>(
  schema: Tagged<Tag, Fields>,
  after: (caller: Caller, receipt: Receipt) => Effect.Effect<void, DatabaseError> = () => Effect.void,
) => {
  const { _tag, ...fields } = schema.fields
  const tag = (_tag as Schema.tag<Tag>).schema.literal
  const input = Schema.Struct({ commandId: CommandId, ...fields }) as unknown as Input<Fields>
  const carryOut = (caller: Caller, given: unknown) => {
    const { commandId, ...words } = given as { readonly commandId: CommandId }
    const command = { ...words, _tag: tag } as unknown as Command
    const execution = caller.backend.commands.execute(caller.actor, commandId, command)
    return Effect.tap(execution, (receipt) => Effect.ignore(after(caller, receipt)))
  }
  const procedure = signedIn.input(wire(input)).mutation(({ ctx, input }) => answer(carryOut(ctx, input)))
  return alsoCarried(procedure, {
    method: "mutation",
    read: Schema.decodeUnknownOption(input, parsing),
    carryOut: (caller, given) => Effect.map(carryOut(caller, given), (receipt) => JSON.stringify(receipt)),
  })
}
