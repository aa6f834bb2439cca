import { type RoomId, Signal } from "@roomlog/schemas"
import { Option, Schema } from "effect"

/** The topic under which nodes tell each other what is only true now in a room. */
export const signalsOf = (room: RoomId): string => `signals.${room}`

/** What another node told, if it is a signal. */
export const signalIn = (message: string): Signal | undefined => {
  try {
    return Option.getOrUndefined(decodeSignal(JSON.parse(message)))
  } catch {
    return undefined
  }
}

const decodeSignal = Schema.decodeUnknownOption(Signal)
