import { createHash } from "node:crypto"
import type { CommandId } from "@roomlog/schemas"

/** The command that a key stands for in a room or at a route, where it is its actor's own. */
export const commandOf = (key: string, where: string): CommandId => uuidOf(["command", where, key]) as CommandId

/** An id that follows from these words and nothing else: a UUID of version 5 in shape, as those of version 8 are the import's. */
export const uuidOf = (words: ReadonlyArray<string | Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const word of words) hash.update(`${word.length}:`).update(word)
  const digest = hash.digest()
  digest[6] = (digest[6]! & 0x0f) | 0x50
  digest[8] = (digest[8]! & 0x3f) | 0x80
  return digest.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
