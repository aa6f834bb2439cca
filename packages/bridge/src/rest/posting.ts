import type { Actor, OldRoomView } from "@roomlog/backend"
import type { Command, CommandId, MessageId } from "@roomlog/schemas"
import { Effect, Semaphore } from "effect"
import { commandOf, uuidOf } from "../once.ts"
import { onRefusal } from "../onRefusal.ts"
import { posted } from "../translate.ts"
import { type Answer, answered, detail, orProblems, problems } from "./answers.ts"
import type { Call, Handler } from "./call.ts"
import { content, contentType, image, nothingSaid, readAll, username } from "./fields.ts"
import type { File } from "./forms.ts"
import { linesOf } from "./lines.ts"
import { roomOf } from "./pages.ts"

/** Images that are held in memory at once on their way into the store. */
const turns = Semaphore.makeUnsafe(2)

/** `POST /api/chat/<room>/messages/`: says something, which everybody in the room hears at once. */
export const post: Handler = Effect.fn("Rest.post")(function* (call: Call) {
  const room = yield* roomOf(call)
  const fields = yield* call.fields
  const words = yield* orProblems(
    readAll({
      username: username(fields),
      content: content(fields),
      content_type: contentType(fields),
      image: image(fields),
    }),
  )
  if (words.content === "" && words.image === undefined) return problems(nothingSaid(fields))
  const saying = (actor: Actor) => say({ call, room, actor, text: words.content, file: words.image })
  if (call.actor) return yield* saying(call.actor)
  return yield* call.guests.speakingAs(words.username, call.address, saying)
})

interface Saying {
  readonly call: Call
  readonly room: OldRoomView
  readonly actor: Actor
  readonly text: string
  readonly file: File | undefined
}

interface Ids {
  readonly command: CommandId
  readonly message: MessageId
}

const say = Effect.fnUntraced(function* (saying: Saying) {
  const ids = idsOf(saying)
  const known = saying.call.key === undefined ? undefined : yield* answerOf(saying, ids)
  if (known !== undefined) return known
  const sent = send(saying, ids)
  yield* (saying.file ? turns.withPermit(sent) : sent).pipe(
    // The same request may be on its way twice, and the other one was quicker.
    onRefusal("CommandReused", (no) =>
      answerOf(saying, ids).pipe(Effect.flatMap((same) => (same === undefined ? no : Effect.void))),
    ),
  )
  return (yield* answerOf(saying, ids)) ?? removed
})

/** With a key, ids follow from it; the message's also from what is said, so that other words are another message. */
const idsOf = ({ call: { key, backend }, room, actor, text, file }: Saying): Ids => {
  if (key === undefined) return { command: backend.newId() as CommandId, message: backend.newId() as MessageId }
  const words = ["message", key, actor.id, room.room, text, file?.bytes ?? ""]
  return { command: commandOf(key, room.room), message: uuidOf(words) as MessageId }
}

/** Posts it, as a member: whoever is none yet joins first. */
const send = Effect.fnUntraced(function* ({ call, room: { room }, actor, text, file }: Saying, ids: Ids) {
  const { backend, media } = call
  const stored = file && (yield* media.accept({ room, owner: actor, bytes: file.bytes }))
  const execute = (id: CommandId, command: Command) => backend.commands.execute(actor, id, command)
  const command = posted({ room, message: ids.message }, text, stored)
  const join = execute(backend.newId() as CommandId, { _tag: "JoinRoom", room }).pipe(
    onRefusal("AlreadyMember", () => Effect.void),
  )
  yield* execute(ids.command, command).pipe(
    onRefusal("NotAMember", () => Effect.andThen(join, execute(ids.command, command))),
  )
})

/** The answer for a message that stands; of several lines the image's is told. */
const answerOf = Effect.fnUntraced(function* ({ call, room }: Saying, { message }: Ids) {
  const said = yield* call.backend.legacy.message(room.room, message)
  if (said === undefined) return undefined
  if (said.removed) return yield* answered(removed)
  const answer: Answer = { status: 201, json: linesOf(room, said)[0]?.shown }
  return answer
})

const removed = detail(409, "This was said before, and has been removed since.")
