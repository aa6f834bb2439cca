import { sentence } from "@roomlog/backend"
import type { Rejection } from "@roomlog/schemas"
import { Data, Effect, type Result } from "effect"

/** What a route answers. HTML goes out with its own content security policy. */
export interface Answer {
  readonly status: number
  readonly json?: unknown
  readonly html?: Html
  readonly headers?: Readonly<Record<string, string>>
}

export interface Html {
  readonly page: string
  readonly policy: string
}

/** An answer that ends a request early. */
export class Answered extends Data.TaggedError("Answered")<{ readonly answer: Answer }> {}

/** What is wrong with the fields, in sentences, as Django REST framework says it. */
export type Problems = Readonly<Record<string, ReadonlyArray<string>>>

export const ok = (json: unknown, headers: Answer["headers"] = {}): Answer => ({ status: 200, json, headers })

/** One sentence under `detail`. */
export const detail = (status: number, why: string, headers: Answer["headers"] = {}): Answer => ({
  status,
  json: { detail: why },
  headers,
})

export const problems = (fields: Problems): Answer => ({ status: 400, json: fields })

export const notFound = detail(404, "Not found.")
export const invalidPage = detail(404, "Invalid page.")

/** Ends the request with an answer. */
export const answered = (answer: Answer): Answered => new Answered({ answer })

/** What was read, or the end of the request with the answer that says why not. */
export const orAnswer = <A>(read: Result.Result<A, Answer>): Effect.Effect<A, Answered> =>
  Effect.mapError(Effect.fromResult(read), answered)

/** What was read, or the end of the request with what is wrong with its fields. */
export const orProblems = <A>(read: Result.Result<A, Problems>): Effect.Effect<A, Answered> =>
  Effect.mapError(Effect.fromResult(read), (fields) => answered(problems(fields)))

/** What is wrong with the fields that a rejection is about; undefined when it is about none. */
export const problemsIn = (no: Rejection): Problems | undefined => {
  switch (no._tag) {
    case "NameInUse":
    case "NameReserved":
      return { username: [sentence(no)] }
    case "RoomNameTaken":
      return { name: ["room with this name already exists."] }
    case "MessageIsEmpty":
      return { content: ["This field may not be blank."] }
    case "InvalidInput":
      return { [no.field === "text" ? "content" : no.field]: [no.reason] }
    case "ImageNotFound":
      return { image: [sentence(no)] }
    default:
      return undefined
  }
}

/** A "no" in the old form. */
export const refused = (no: Rejection): Answer => {
  const fields = problemsIn(no)
  if (fields !== undefined) return problems(fields)
  switch (no._tag) {
    case "RoomNotFound":
      return notFound
    case "RateLimited":
      return throttled(no.retryAfter)
    case "CommandReused":
    case "MessageIdTaken":
    case "RoomIdTaken":
      return detail(409, "This Idempotency-Key was used for something else. Make a new one for each request.")
    case "NotSignedIn":
      return noSession
    default:
      return detail(403, sentence(no))
  }
}

export const noSession = detail(403, "Authentication credentials were not provided.")
export const badToken = detail(401, "Invalid token.", { "www-authenticate": "Bearer" })

const throttled = (milliseconds: number): Answer => {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000))
  return detail(429, `Request was throttled. Expected available in ${seconds} second${seconds === 1 ? "" : "s"}.`, {
    "retry-after": String(seconds),
  })
}
