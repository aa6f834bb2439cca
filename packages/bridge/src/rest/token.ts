import { Effect } from "effect"
import { answered, noSession, ok, orProblems } from "./answers.ts"
import type { Call, Handler } from "./call.ts"
import { readAll, token } from "./fields.ts"

/** `POST /api/save-token/`: keeps where the phone of the signed-in person is told of messages. */
export const saveToken: Handler = Effect.fn("Rest.saveToken")(function* (call: Call) {
  const { actor } = call
  if (actor === undefined) return yield* answered(noSession)
  const fields = yield* call.fields
  const words = yield* orProblems(readAll({ token: token(fields) }))
  yield* call.saveToken(actor, words.token)
  return ok({ status: "ok" })
})
