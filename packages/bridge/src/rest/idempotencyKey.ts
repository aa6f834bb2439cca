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
