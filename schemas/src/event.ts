import { Schema } from "effect"
import { MessageId } from "./ids.ts"

/** What a definition of an event says of itself beside its fields. */
export interface Nature {
  /** Durable events stand in the log for ever; ephemeral ones are only told to who is there. */
  readonly kind: "durable" | "ephemeral"
  /** Version of the stored shape, from 1; `upcast.ts` knows how an older one becomes the current one. */
  readonly version: number
}

/**
 * An event that a newer version of Roomlog stored, for whoever does not know it yet: it takes its place and changes
 * nothing. About a message when it has one; otherwise it leaves a line in the timeline as every such event does.
 */
export const Unknown = Schema.TaggedStruct("Unknown", { type: Schema.String, message: Schema.optionalKey(MessageId) })
export type Unknown = typeof Unknown.Type

const natures = new WeakMap<object, Nature>()

/** Declares an event that is stored, with the version of its shape. */
export const durable = <S extends Schema.Top>(version: number, schema: S): S =>
  declare(schema, { kind: "durable", version })

/** Declares an event that is told and forgotten. */
export const ephemeral = <S extends Schema.Top>(schema: S): S => declare(schema, { kind: "ephemeral", version: 1 })

/** What `schema` was declared as. */
export const natureOf = (schema: Schema.Top): Nature => {
  const nature = natures.get(schema)
  if (nature === undefined) throw new Error("not declared as an event")
  return nature
}

const declare = <S extends Schema.Top>(schema: S, nature: Nature): S => {
  natures.set(schema, nature)
  return schema
}
