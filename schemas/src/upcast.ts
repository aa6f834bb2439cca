import { Option, Schema } from "effect"
import { natureOf, type Unknown } from "./event.ts"
import { Event, type EventTag } from "./feed.ts"
import type { MessageId } from "./ids.ts"
import { messageEvents } from "./message.ts"
import { roomEvents } from "./room.ts"

const definitions = [...roomEvents, ...messageEvents]
const versions = new Map<string, number>(
  definitions.map((schema) => [schema.fields._tag.schema.literal, natureOf(schema).version]),
)
const decode = Schema.decodeUnknownSync(Event)
const read = Schema.decodeUnknownOption(Event)

/** Steps from a stored version to the next, by `<type>@<version>`. A step is pure and stays for ever. */
const steps: Record<string, (body: Record<string, unknown>) => Record<string, unknown>> = {}

/** The current version of an event type. */
export const versionOf = (type: EventTag): number => versions.get(type)!

/** Whether a stored event says what it says in today's words. */
export const isCurrent = ({ type, version }: { readonly type: string; readonly version: number }): boolean =>
  versions.get(type) === version

/** Whether this code knows all that a stored event says; what is newer it may read in part or not at all. */
export const isKnown = ({ type, version }: { readonly type: string; readonly version: number }): boolean =>
  version <= (versions.get(type) ?? 0)

/**
 * A stored event of any version in today's words. A newer version of a type is read as today's when it still has
 * today's fields, which then mean what they mean today (docs/decisions/0007); anything else that is newer is `Unknown`.
 * Throws when an event of a known version does not fit its type.
 */
export const upcast = (
  type: string,
  version: number,
  body: Record<string, unknown>,
  about: string | null = null,
): Event | Unknown => {
  if (!isKnown({ type, version })) return Option.getOrElse(read({ ...body, _tag: type }), () => unknown(type, about))
  const current = versions.get(type)!
  let value = body
  for (let v = version; v < current; v++) value = steps[`${type}@${v}`]!(value)
  return decode({ ...value, _tag: type })
}

const unknown = (type: string, about: string | null): Unknown => ({
  _tag: "Unknown",
  type,
  ...(about === null ? {} : { message: about as MessageId }),
})
