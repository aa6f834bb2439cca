import { randomBytes } from "node:crypto"

/** A UUID of version 7: sorts by the time it was made. */
export const v7 = (): string => uuid(Date.now(), randomBytes(10))

/** A UUID of version 7 from a time in milliseconds and ten bytes. */
export const uuid = (time: number, random: Uint8Array): string => {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(time, 0, 6)
  bytes.set(random, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
