import { type Actor, Rejected } from "@roomlog/backend"
import { Effect } from "effect"
import { enter } from "../enter.ts"
import { type Answer, Answered, orProblems, type Problems, problems, refused } from "./answers.ts"
import type { Call, Handler } from "./call.ts"
import { readAll, roomName, username } from "./fields.ts"
import type { Fields } from "./forms.ts"
import { signInPage } from "./signInPage.ts"

/** `POST /`: gives the person a session and leads to the room, or shows the form again and says why not. */
export const signIn: Handler = Effect.fn("Rest.signIn")(function* (call: Call) {
  let fields: Fields = new Map()
  return yield* call.fields.pipe(
    Effect.tap((read) => Effect.sync(() => (fields = read))),
    Effect.flatMap((read) => comeIn(call, read)),
    Effect.catch((cause) => {
      const answer = answerOf(cause)
      return answer === undefined ? Effect.fail(cause) : Effect.succeed(shown(answer, fields))
    }),
  )
})

const comeIn = Effect.fnUntraced(function* (call: Call, fields: Fields) {
  const words = yield* orProblems(readAll({ username: username(fields), room_name: roomName("room_name")(fields) }))
  const { actor, token } = yield* personOf(call, words.username)
  const name = words.room_name
  yield* enter(call.backend, actor, name).pipe(
    // Who did not get in is nobody yet, and may try another room under the same name.
    Effect.tapError(() => (token === undefined ? Effect.void : end(call, token))),
  )
  // A browser has one session: nobody could end the old one later.
  if (token !== undefined && call.actor?.session) yield* call.backend.identity.signOut(call.actor.session)
  const answer: Answer = {
    status: 302,
    headers: {
      location: `/chat/${encodeURIComponent(name)}/`,
      ...(token === undefined ? {} : { "set-cookie": call.cookie(token) }),
    },
  }
  return answer
})

interface Person {
  readonly actor: Actor
  /** Of a session that was made just now. */
  readonly token: string | undefined
}

/** Whoever has a session under this name goes on with it. */
const personOf = Effect.fnUntraced(function* ({ actor, backend, address }: Call, name: string) {
  const same: Person | undefined = actor && isSame(actor.name, name) ? { actor, token: undefined } : undefined
  if (same !== undefined) return same
  yield* backend.spend("signIns", address)
  const { user, token } = yield* backend.identity.signIn(name)
  const person: Person = { actor: { ...user, session: null }, token }
  return person
})

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

const end = ({ backend }: Call, token: string) =>
  backend.identity.whoHolds(token).pipe(
    Effect.flatMap((actor) => (actor?.session ? backend.identity.signOut(actor.session) : Effect.void)),
    Effect.ignore,
  )

const answerOf = (cause: unknown): Answer | undefined => {
  if (cause instanceof Answered) return cause.answer
  return cause instanceof Rejected ? ofRejection(cause) : undefined
}

/** The form's fields have names of their own. */
const ofRejection = ({ rejection }: Rejected): Answer =>
  rejection._tag === "RoomNameTaken"
    ? problems({ room_name: ["That room is private, or somebody has just made it. Choose another name."] })
    : refused(rejection)

const shown = ({ status, json, headers = {} }: Answer, fields: Fields): Answer => ({
  status,
  headers,
  html: signInPage(
    { username: typed(fields.get("username")), room_name: typed(fields.get("room_name")) },
    sentences(json),
  ),
})

const sentences = (json: unknown): Problems => {
  const { detail, ...fields } = json as { readonly detail?: string } & Problems
  return detail === undefined ? fields : { "": [detail] }
}

const typed = (value: unknown): string => (typeof value === "string" ? value.slice(0, 200) : "")
