import type { DatabaseError } from "@roomlog/log"
import { type Command, CommandId, type CommandTag, Receipt } from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import type { Backend } from "./backend.ts"
import type { Actor } from "./identity/identity.ts"
import { answer, signedIn, wire } from "./trpc.ts"

type Tagged<Tag extends CommandTag, Fields extends Schema.Struct.Fields> = Schema.TaggedStruct<Tag, Fields>
type Input<Fields extends Schema.Struct.Fields> = Schema.Codec<
  { readonly commandId: CommandId } & Omit<Schema.Struct.Type<Fields>, "_tag">,
  { readonly commandId: string } & Omit<Schema.Struct.Encoded<Fields>, "_tag">
>

type Context = { readonly backend: Backend; readonly actor: Actor }

/** The procedure of a command: its fields and a command id go in, where it stands comes out. `after` may fail unnoticed. */
export const command = <Tag extends CommandTag, Fields extends Schema.Struct.Fields>(
  schema: Tagged<Tag, Fields>,
  after: (context: Context, receipt: Receipt) => Effect.Effect<void, DatabaseError> = () => Effect.void,
) => {
  const { _tag, ...fields } = schema.fields
  const tag = (_tag as Schema.tag<Tag>).schema.literal
  const input = Schema.Struct({ commandId: CommandId, ...fields }) as unknown as Input<Fields>
  return signedIn
    .input(wire(input))
    .output(wire(Receipt))
    .mutation(({ ctx: { backend, actor }, input }) => {
      const { commandId, ...words } = input as { readonly commandId: CommandId }
      const execution = backend.commands.execute(actor, commandId, { ...words, _tag: tag } as unknown as Command)
      return answer(Effect.tap(execution, (receipt) => Effect.ignore(after({ backend, actor }, receipt))))
    })
}
