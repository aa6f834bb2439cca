import type { Frame } from "@roomlog/backend"
import { heard, noticed, type OldMessage } from "./translate.ts"

/** An old message as Socket.IO carries it in the main namespace, in both revisions of its protocol: packet type 2 is an event. */
export const packet = (message: OldMessage): string => `2${JSON.stringify(["message", message])}`

/** What old clients are sent for a frame, translated and encoded once for all who share the frame. */
export const packetsOf = (frame: Frame, now: () => number): ReadonlyArray<string> => {
  let packets = known.get(frame)
  if (packets === undefined) {
    packets = messagesOf(frame, now).map(packet)
    known.set(frame, packets)
  }
  return packets
}

const known = new WeakMap<Frame, ReadonlyArray<string>>()

const messagesOf = ({ item }: Frame, now: () => number): ReadonlyArray<OldMessage> => {
  if (item._tag === "Events") return item.events.flatMap(heard)
  if (item._tag === "Signal") return [noticed(item.signal, now())].filter((line) => line !== undefined)
  return []
}
