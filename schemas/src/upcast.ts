import { Schema } from "effect"
import { natureOf } from "./event.ts"
import { Event, type EventTag } from "./feed.ts"
import { messageEvents } from "./message.ts"
import { roomEvents } from "./room.ts"

const definitions = [...roomEvents, ...messageEvents]
const versions = new Map<string, number>(
  definitions.map((schema) => [schema.fields._tag.schema.literal, natureOf(schema).version]),
)
const decode = Schema.decodeUnknownSync(Event)

/** Steps from a stored version to the next, by `<type>@<version>`. A step is pure and stays for ever. */
const steps: Record<string, (body: Record<string, unknown>) => Record<string, unknown>> = {}

/** The current version of an event type. */
export const versionOf = (type: EventTag): number => versions.get(type)!

/** A stored body of any version as today's event. Throws on a type or version that this code does not know. */
export const upcast = (type: string, version: number, body: Record<string, unknown>): Event => {
  const current = versions.get(type)
  if (current === undefined || version > current) throw new Error(`unknown event ${type} version ${version}`)
  let value = body
  for (let v = version; v < current; v++) value = steps[`${type}@${v}`]!(value)
  return decode({ ...value, _tag: type })
}
