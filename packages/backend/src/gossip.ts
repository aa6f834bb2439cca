import type { Carrier } from "@roomlog/log"
import { Option, Schema } from "effect"

/** Hears what other nodes tell on a topic in the form of this schema; what has another form was not told. Returns how to stop. */
export const hearAs = <A>(
  carrier: Carrier,
  topic: Topic<A>,
  heard: (words: A) => void,
): ReturnType<Carrier["hear"]> => {
  const read = Schema.decodeUnknownOption(Schema.fromJsonString(topic.words))
  return carrier.hear(topic.name, (message) => Option.map(read(message), heard))
}

/** What is told on a topic, as JSON. */
export interface Topic<A> {
  readonly name: string
  readonly words: Schema.ConstraintDecoder<A>
}

/** Splits into groups whose JSON stays well below the 8,000 bytes that one NOTIFY carries. */
export const inMessages = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const groups: Array<Array<A>> = []
  let left = 0
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1
    if (size > left) {
      groups.push([])
      left = mostBytes
    }
    left -= size
    groups.at(-1)!.push(item)
  }
  return groups
}

const mostBytes = 5_000
