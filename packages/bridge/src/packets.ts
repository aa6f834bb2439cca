import type { Frame } from "@roomlog/backend"
import { heard, noticed, type OldMessage } from "./translate.ts"

/** An old message, encoded once for every socket that it goes to. */
export interface Packet {
  /** As Socket.IO carries it in the main namespace, in both revisions of its protocol: type 2 is an event. */
  readonly text: string
  /** The finished WebSocket frame, under the name by which Engine.IO knows it; polling clients are sent the text. */
  readonly options: { readonly compress: false; readonly wsPreEncodedFrame: ReadonlyArray<Buffer> | undefined }
}

export const packet = (message: OldMessage): Packet => {
  const text = `2${JSON.stringify(["message", message])}`
  return { text, options: { compress: false, wsPreEncodedFrame: webSocketFrame(`4${text}`) } }
}

/** What old clients are sent for a frame of the feed, translated once for all who share the frame. */
export const packetsOf = (frame: Frame, now: () => number): ReadonlyArray<Packet> => {
  let packets = known.get(frame)
  if (packets === undefined) {
    packets = messagesOf(frame, now).map(packet)
    known.set(frame, packets)
  }
  return packets
}

const known = new WeakMap<Frame, ReadonlyArray<Packet>>()

const messagesOf = ({ item }: Frame, now: () => number): ReadonlyArray<OldMessage> => {
  if (item._tag === "Events") return item.events.flatMap(heard)
  if (item._tag === "Signal") return [noticed(item.signal, now())].filter((line) => line !== undefined)
  return []
}

/** A final, unmasked text frame (RFC 6455, 5.2), in one buffer so that it is one write. Longer ones than a message can be are left to Engine.IO. */
const webSocketFrame = (text: string): readonly [Buffer] | undefined => {
  const payload = Buffer.from(text)
  const { length } = payload
  if (length > 0xffff) return undefined
  const header = length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length & 0xff]
  return [Buffer.concat([Buffer.from(header), payload])]
}
