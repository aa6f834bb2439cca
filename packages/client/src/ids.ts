import type { CommandId, MessageId, RoomId, Seq, Token } from "@roomlog/schemas"

/** A new UUIDv7: ids that this process makes later sort later. */
export const uuidv7 = (now = Date.now()): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  count = now > newest ? 0 : count + 1
  newest = Math.max(now, newest) + (count >> 12)
  count &= 0xfff
  const time = newest.toString(16).padStart(12, "0")
  const variant = (0x80 | (bytes[8]! & 0x3f)).toString(16)
  const rest = [...bytes.subarray(9)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
  const counter = count.toString(16).padStart(3, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${variant}${rest.slice(0, 2)}-${rest.slice(2)}`
}

export const newMessageId = (now?: number): MessageId => uuidv7(now) as MessageId
export const newCommandId = (now?: number): CommandId => uuidv7(now) as CommandId
export const newRoomId = (now?: number): RoomId => uuidv7(now) as RoomId

/** The seq in a resume token. */
export const seqOf = (token: Token): Seq => Number(token.slice(token.indexOf(".") + 1))

let newest = 0
let count = 0
