import { randomUUID } from "node:crypto"
import type { Command, CommandTag, Emoji, MessageId, RoomId, UserId } from "@roomlog/schemas"
import fc from "fast-check"

/** What random people may ask for, in numbers: the same seed gives the same story. */
export interface Wish {
  readonly by: number
  readonly tag: CommandTag
  readonly room: number
  readonly message: number
  readonly answered: number | null
  readonly user: number
  readonly name: number
  readonly generation: number
  readonly text: string
  readonly emoji: typeof Emoji.Type
  readonly role: "owner" | "moderator" | "member"
  readonly visibility: "public" | "private"
}

/** What the numbers of a wish stand for. */
export interface Cast {
  readonly rooms: ReadonlyArray<RoomId>
  readonly messages: ReadonlyArray<MessageId>
  readonly users: ReadonlyArray<UserId>
  readonly name: (n: number) => string
  readonly invitation: (room: RoomId, generation: number) => string
}

/** New rooms, messages and names for these people. */
export const newCast = (users: Cast["users"], invitation: Cast["invitation"]): Cast => {
  const run = randomUUID()
  return {
    rooms: Array.from({ length: 3 }, () => randomUUID() as RoomId),
    messages: Array.from({ length: 10 }, () => randomUUID() as MessageId),
    users,
    name: (n) => `${run} ${n}`,
    invitation,
  }
}

const often = (tag: CommandTag, weight: number) => ({ weight, arbitrary: fc.constant(tag) })

/** Anything that anybody can ask, sensible or not. */
export const wish: fc.Arbitrary<Wish> = fc.record({
  by: fc.nat(3),
  tag: fc.oneof(
    often("PostMessage", 10),
    often("EditMessage", 4),
    often("RemoveMessage", 3),
    often("RestoreMessage", 3),
    often("React", 5),
    often("Unreact", 4),
    often("CreateRoom", 1),
    often("JoinRoom", 4),
    often("LeaveRoom", 2),
    often("RenameRoom", 2),
    often("SetTopic", 2),
    often("RenewInvitation", 1),
    often("GiveRole", 3),
    often("RemoveMember", 2),
  ),
  room: fc.nat(2),
  message: fc.nat(9),
  answered: fc.option(fc.nat(9)),
  user: fc.nat(3),
  name: fc.nat(3),
  generation: fc.nat(2),
  text: fc.constantFrom("", " ", "hello", "again", "👩‍👩‍👧", 'a "quote", {a} \\ and\na line'),
  emoji: fc.constantFrom("👍", "❤️", "🎉"),
  role: fc.constantFrom("owner", "moderator", "member"),
  visibility: fc.constantFrom("public", "private"),
})

/** The command that a wish stands for. */
export const commandOf = (wish: Wish, cast: Cast): Command => {
  const { tag, text, emoji, role, visibility } = wish
  const room = cast.rooms[wish.room]!
  const message = cast.messages[wish.message]!
  const user = cast.users[wish.user]!
  const name = cast.name(wish.name)
  switch (tag) {
    case "PostMessage": {
      const replyTo = wish.answered === null ? null : cast.messages[wish.answered]!
      return { _tag: tag, room, message, text, images: [], replyTo }
    }
    case "EditMessage":
      return { _tag: tag, room, message, text }
    case "RemoveMessage":
    case "RestoreMessage":
      return { _tag: tag, room, message }
    case "React":
    case "Unreact":
      return { _tag: tag, room, message, emoji }
    case "CreateRoom":
      return { _tag: tag, room, name, topic: "", visibility }
    case "JoinRoom":
      return wish.generation === 0
        ? { _tag: tag, room }
        : { _tag: tag, room, invitation: cast.invitation(room, wish.generation) }
    case "LeaveRoom":
    case "RenewInvitation":
      return { _tag: tag, room }
    case "RenameRoom":
      return { _tag: tag, room, name }
    case "SetTopic":
      return { _tag: tag, room, topic: text }
    case "GiveRole":
      return { _tag: tag, room, user, role }
    case "RemoveMember":
      return { _tag: tag, room, user }
  }
}
