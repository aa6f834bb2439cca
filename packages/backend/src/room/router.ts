import {
  CreateRoom,
  FollowQuery,
  GiveRole,
  Invitation,
  JoinRoom,
  LeaveRoom,
  Member,
  RemoveMember,
  RenameRoom,
  RenewInvitation,
  RoomId,
  RoomSummary,
  Seq,
  SetTopic,
  Typing,
} from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { command } from "../command.ts"
import { activity, follow } from "../feed/procedures.ts"
import { reject } from "../rejected.ts"
import { answer, router, signedIn, wire } from "../trpc.ts"

const OneRoom = Schema.Struct({ room: RoomId })
const Nothing = Schema.Struct({})

/** Rooms, their members, and what is happening in them. */
export const roomRouter = router({
  create: command(CreateRoom),
  /** What was said before somebody came is not new to them. */
  join: command(JoinRoom, ({ backend, actor }, { room, seq }) => backend.rooms.markRead(actor.id, room, seq)),
  leave: command(LeaveRoom),
  rename: command(RenameRoom),
  setTopic: command(SetTopic),
  renewInvitation: command(RenewInvitation),
  giveRole: command(GiveRole),
  removeMember: command(RemoveMember),

  list: signedIn
    .output(wire(Schema.Array(RoomSummary)))
    .query(({ ctx: { backend, actor } }) => answer(backend.rooms.list(actor.id))),

  find: signedIn
    .input(wire(Schema.Struct({ name: Schema.String, invitation: Schema.optionalKey(Invitation) })))
    .output(wire(Schema.NullOr(RoomSummary)))
    .query(({ ctx: { backend, actor }, input: { name, invitation } }) =>
      answer(
        Effect.gen(function* () {
          const known = yield* backend.rooms.byName(actor.id, name)
          if (known !== undefined || invitation === undefined) return known ?? null
          return (yield* backend.rooms.byInvitation(actor.id, name, invitation)) ?? null
        }),
      ),
    ),

  members: signedIn
    .input(wire(OneRoom))
    .output(wire(Schema.Array(Member)))
    .query(({ ctx: { backend, actor }, input }) =>
      answer(
        backend.rooms.readable(actor.id, input.room).pipe(Effect.andThen(() => backend.rooms.members(input.room))),
      ),
    ),

  invitation: signedIn
    .input(wire(OneRoom))
    .output(wire(Schema.Struct({ code: Invitation })))
    .query(({ ctx: { backend, actor }, input }) =>
      answer(
        Effect.gen(function* () {
          const room = yield* backend.rooms.readable(actor.id, input.room)
          if (room.role !== "owner") return yield* reject({ _tag: "NotAllowed", needs: "owner" })
          return { code: backend.invitation(input.room, room.invitation) }
        }),
      ),
    ),

  markRead: signedIn
    .input(wire(Schema.Struct({ room: RoomId, upTo: Seq })))
    .output(wire(Nothing))
    .mutation(({ ctx: { backend, actor }, input }) =>
      answer(
        backend.rooms.readable(actor.id, input.room).pipe(
          Effect.andThen(() => backend.rooms.markRead(actor.id, input.room, input.upTo)),
          Effect.as({}),
        ),
      ),
    ),

  typing: signedIn
    .input(wire(Typing))
    .output(wire(Nothing))
    .mutation(({ ctx: { backend, actor }, input }) =>
      answer(
        backend.rooms.readable(actor.id, input.room).pipe(
          Effect.map(() => {
            backend.feed.typing(input.room, actor)
            return {}
          }),
        ),
      ),
    ),

  follow: signedIn.input(wire(FollowQuery)).subscription((call) => follow(call)),
  activity: signedIn.subscription((call) => activity(call)),
})
