import { hash } from "node:crypto"

/**
 * An id that the same facts always give, as a UUID of version 8: what was taken over once is known again. Clients make
 * their ids by other versions, so that the two never meet.
 */
export const derivedId = (...facts: ReadonlyArray<string | number>): string => {
  const bytes = hash("sha256", JSON.stringify(facts), "buffer").subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Whether a message or a person came from elsewhere: such messages are news to nobody. */
export const isTakenOver = (id: string): boolean => id[14] === "8"

/** The same in SQL, for a column of UUIDs. */
export const takenOver = (column: string): string => `substr(${column}::text, 15, 1) = '8'`
