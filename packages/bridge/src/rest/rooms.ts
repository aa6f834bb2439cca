import type { Actor } from "@roomlog/backend"
import type { CommandId, RoomId } from "@roomlog/schemas"
import { Effect } from "effect"
import { commandOf, uuidOf } from "../once.ts"
import { onRefusal } from "../onRefusal.ts"
import { created } from "../translate.ts"
import { type Answer, ok, orAnswer, orProblems } from "./answers.ts"
import type { Call, Handler } from "./call.ts"
import { readAll, roomName, username } from "./fields.ts"
import { idOf, placeOf } from "./ids.ts"
import { roomOf } from "./lines.ts"
import { linkTo, readBefore } from "./query.ts"

/** Rooms in one answer; the header Link says where they go on. */
const most = 1_000

/** `GET /api/rooms/`: what the caller may read, newest first. */
export const rooms: Handler = Effect.fn("Rest.rooms")(function* ({ backend, actor, url }: Call) {
  const before = yield* orAnswer(readBefore(url.searchParams))
  const position = before === undefined ? undefined : placeOf(before)
  const found = yield* backend.legacy.rooms(actor?.id, position, most + 1)
  const shown = found.slice(0, most)
  const oldest = shown.at(-1)
  if (found.length <= most || oldest === undefined) return ok(shown.map(roomOf))
  const next = linkTo(url, { before: String(idOf(oldest.position)) })
  return ok(shown.map(roomOf), { link: `<${next}>; rel="next"` })
})

/** `POST /api/rooms/`: makes a public room, for the session's person, the named guest, or whoever joins first. */
export const makeRoom: Handler = Effect.fn("Rest.makeRoom")(function* (call: Call) {
  const fields = yield* call.fields
  const hasName = fields.get("username") != null
  const words = yield* orProblems(
    readAll({ name: roomName("name")(fields), ...(hasName ? { username: username(fields) } : {}) }),
  )
  const making = (actor: Actor) => make(call, actor, words.name)
  if (call.actor) return yield* making(call.actor)
  if (words.username !== undefined) return yield* call.guests.speakingAs(words.username, call.address, making)
  return yield* call.guests.speakingAsAnybody(call.address, (actor) =>
    making(actor).pipe(Effect.tap(({ room }) => leave(call, actor, room))),
  )
})

const make = Effect.fnUntraced(function* ({ backend, key }: Call, actor: Actor, name: string) {
  const room = (key === undefined ? backend.newId() : uuidOf(["room", key, actor.id])) as RoomId
  const id = key === undefined ? (backend.newId() as CommandId) : commandOf(key, "rooms")
  const { at: createdAt } = yield* backend.commands.execute(actor, id, created({ room, name }))
  const position = yield* backend.legacy.positionOf(room, 1)
  const answer: Answer & { readonly room: RoomId } = {
    status: 201,
    json: roomOf({ room, name, createdAt, position }),
    room,
  }
  return answer
})

/** A room without members belongs to the first who joins. */
const leave = ({ backend }: Call, actor: Actor, room: RoomId) =>
  backend.commands
    .execute(actor, backend.newId() as CommandId, { _tag: "LeaveRoom", room })
    .pipe(onRefusal("NotAMember", () => Effect.void))
