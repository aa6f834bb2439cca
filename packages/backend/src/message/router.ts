import {
  EditMessage,
  Emoji,
  HistoryPage,
  HistoryQuery,
  MessageId,
  PostMessage,
  Profile,
  React,
  RemoveMessage,
  RestoreMessage,
  RoomId,
  Unreact,
} from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { command } from "../command.ts"
import { answer, router, signedIn, wire } from "../trpc.ts"

/** What a newer version has added to a message is left out. */
const page = Schema.toStandardSchemaV1(HistoryPage)

const OneReaction = Schema.Struct({ room: RoomId, message: MessageId, emoji: Emoji })

/** Messages: what is said, what becomes of it, and what was said before. */
export const messageRouter = router({
  post: command(PostMessage),
  edit: command(EditMessage),
  remove: command(RemoveMessage),
  restore: command(RestoreMessage),
  react: command(React),
  unreact: command(Unreact),

  history: signedIn
    .input(wire(HistoryQuery))
    .output(page)
    .query(({ ctx: { backend, actor }, input }) =>
      // Both at once: what somebody may not read is thrown away.
      answer(
        Effect.all([backend.rooms.readable(actor.id, input.room), backend.messages.page(actor.id, input)], {
          concurrency: 2,
        }).pipe(Effect.map(([, page]) => page)),
      ),
    ),

  reactors: signedIn
    .input(wire(OneReaction))
    .output(wire(Schema.Array(Profile)))
    .query(({ ctx: { backend, actor }, input: { room, message, emoji } }) =>
      answer(
        backend.rooms
          .readable(actor.id, room)
          .pipe(Effect.andThen(() => backend.messages.reactors(room, message, emoji))),
      ),
    ),
})
