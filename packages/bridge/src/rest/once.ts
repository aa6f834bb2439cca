import { createHash } from "node:crypto"
import type { CommandId } from "@roomlog/schemas"
import { Result } from "effect"
import { type Answer, detail } from "./answers.ts"

/** Reads the header `Idempotency-Key`. */
export const readKey = (
  header: string | ReadonlyArray<string> | undefined,
): Result.Result<string | undefined, Answer> => {
  if (header === undefined) return Result.succeed(undefined)
  return typeof header === "string" && /^[\x21-\x7e]{1,255}$/.test(header)
    ? Result.succeed(header)
    : Result.fail(detail(400, "Idempotency-Key must have 1 to 255 visible ASCII characters."))
}

/** The command that a key stands for in a room or at a route, where it is its actor's own. */
export const commandOf = (key: string, where: string): CommandId => uuidOf(["command", where, key]) as CommandId

/** An id that follows from these words and nothing else: a UUID of version 8. */
export const uuidOf = (words: ReadonlyArray<string | Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const word of words) hash.update(`${word.length}:`).update(word)
  const digest = hash.digest()
  digest[6] = (digest[6]! & 0x0f) | 0x80
  digest[8] = (digest[8]! & 0x3f) | 0x80
  return digest.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}
