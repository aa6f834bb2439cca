import {
  EditMessage,
  Emoji,
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
import { alsoCarried, type Caller } from "../carried.ts"
import { command } from "../command.ts"
import { answer, parsing, router, signedIn, wire } from "../trpc.ts"

const OneReaction = Schema.Struct({ room: RoomId, message: MessageId, emoji: Emoji })

/** Made of rows that this system wrote, and read again by every client: looking at each field took a sixth of the time. */
const history = alsoCarried(
  signedIn
    .input(wire(HistoryQuery))
    .query(({ ctx: { backend, actor }, input }) => answer(backend.messages.page(actor.id, input))),
  {
    method: "query",
    read: Schema.decodeUnknownOption(HistoryQuery, parsing),
    carryOut: ({ backend, actor }: Caller, input) => backend.messages.pageText(actor.id, input as HistoryQuery),
  },
)

/** Messages: what is said, what becomes of it, and what was said before. */
export const messageRouter = router({
  post: command(PostMessage),
  edit: command(EditMessage),
  remove: command(RemoveMessage),
  restore: command(RestoreMessage),
  react: command(React),
  unreact: command(Unreact),

  history,

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
