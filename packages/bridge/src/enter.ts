import type { Actor, Backend } from "@roomlog/backend"
import type { Command, CommandId, RoomId } from "@roomlog/schemas"
import { Effect } from "effect"
import { onRefusal } from "./onRefusal.ts"
import { created } from "./translate.ts"

type Needs = Pick<Backend, "rooms" | "commands" | "newId">

/** The room of this name with the actor as a member; made when it is new. When somebody else was faster, it is theirs. */
export const enter = Effect.fn("Bridge.enter")(function* (backend: Needs, actor: Actor, name: string) {
  const execute = (command: Command) => backend.commands.execute(actor, backend.newId() as CommandId, command)
  const find = backend.rooms.byName(actor.id, name)
  const create = Effect.suspend(() => {
    const room = backend.newId() as RoomId
    return execute(created({ room, name })).pipe(Effect.as({ room, role: "owner" }))
  })
  const existing = yield* find
  const { room, role } = existing ?? (yield* create.pipe(onRefusal("RoomNameTaken", (no) => orElse(find, no))))
  if (role === null) yield* execute({ _tag: "JoinRoom", room }).pipe(onRefusal("AlreadyMember", () => Effect.void))
  return room
})

/** What was found after all, or the refusal: it is a private room. */
const orElse = <A, E, No>(find: Effect.Effect<A | undefined, E>, no: No): Effect.Effect<A, E | No> =>
  Effect.flatMap(find, (found) => (found === undefined ? Effect.fail(no) : Effect.succeed(found)))
