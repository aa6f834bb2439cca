import type {
  Command,
  Event,
  MediaKey,
  MessageId,
  Role,
  RoomEvent,
  RoomId,
  StoredImage,
  UserId,
} from "@roomlog/schemas"
import { Result } from "effect"
import { decide } from "../decide.ts"
import * as Message from "../message/evolve.ts"
import * as Room from "../room/evolve.ts"
import type { Decision, World } from "../world.ts"

/** Roomlog in memory: the log, and everything that is folded from it. Immutable. */
export interface Chat {
  readonly log: ReadonlyArray<RoomEvent>
  readonly rooms: ReadonlyMap<RoomId, Room.Room>
  /** Roles by `room/user`. */
  readonly roles: ReadonlyMap<string, Role>
  readonly messages: ReadonlyMap<MessageId, Message.Message>
  /** Who has put an emoji on a message, as `message/emoji/user`. */
  readonly reactions: ReadonlySet<string>
  readonly uploads: ReadonlyArray<Upload>
}

/** An image that its owner may show in messages of one room. */
export interface Upload {
  readonly room: RoomId
  readonly owner: UserId
  readonly image: StoredImage
}

/** Something that somebody asks for. */
export interface Asked {
  readonly by: UserId
  readonly command: Command
}

/** A chat in which nothing has happened. */
export const empty: Chat = {
  log: [],
  rooms: new Map(),
  roles: new Map(),
  messages: new Map(),
  reactions: new Set(),
  uploads: [],
}

/** The chat after a command, and what was decided; a refused command changes nothing. */
export const ask = (chat: Chat, { by, command }: Asked): { readonly chat: Chat; readonly decision: Decision } => {
  const decision = decide(command, worldOf(chat, { by, command }))
  if (Result.isFailure(decision)) return { chat, decision }
  return { chat: decision.success.reduce((now, event) => happen(now, command.room, by, event), chat), decision }
}

/** The chat after all of these were asked, one after the other. */
export const askAll = (asked: ReadonlyArray<Asked>, chat = empty): Chat =>
  asked.reduce((now, one) => ask(now, one).chat, chat)

/** The chat after something has happened, at the next place of its room and a second later than what came before. */
export const happen = (chat: Chat, room: RoomId, by: UserId, event: Event): Chat =>
  hear(chat, { room, seq: eventsOf(chat, room).length + 1, at: start + chat.log.length * 1000, by, event })

/** What the log says of one room, in order. */
export const eventsOf = ({ log }: Chat, room: RoomId): ReadonlyArray<RoomEvent> =>
  log.filter((recorded) => recorded.room === room)

/** What a command is judged on in this chat. */
export const worldOf = (chat: Chat, { by, command }: Asked): World => {
  const room = chat.rooms.get(command.room)
  const role = (user: UserId) => chat.roles.get(roleKey(command.room, user))
  return {
    by,
    room,
    role: role(by),
    target: "user" in command ? role(command.user) : undefined,
    message: "message" in command ? chat.messages.get(command.message) : undefined,
    answered: "replyTo" in command && command.replyTo ? chat.messages.get(command.replyTo) : undefined,
    reacted: "emoji" in command && chat.reactions.has(reactionKey(command.message, command.emoji, by)),
    images: imagesOf(chat, command.room, by),
    invited:
      room !== undefined && "invitation" in command && command.invitation === invitation(room.id, room.invitation),
    nameTaken:
      "name" in command && chat.rooms.values().some(({ id, name }) => id !== room?.id && name === command.name),
  }
}

/** The invitation code of a room's generation: guessable, so for tests only. */
export const invitation = (room: RoomId, generation: number): string =>
  `${room.replaceAll("-", "").slice(-20)}${String(generation).padStart(6, "0")}`

export const roleKey = (room: RoomId, user: UserId): string => `${room}/${user}`
export const reactionKey = (message: MessageId, emoji: string, user: UserId): string => `${message}/${emoji}/${user}`

const start = Date.UTC(2026, 0, 1)

const hear = (chat: Chat, recorded: RoomEvent): Chat => ({
  ...chat,
  log: [...chat.log, recorded],
  rooms: withValue(chat.rooms, recorded.room, Room.evolve(chat.rooms.get(recorded.room), recorded)),
  roles: withRole(chat.roles, recorded),
  messages: withMessage(chat.messages, recorded),
  reactions: withReaction(chat.reactions, recorded),
})

const withRole = (roles: Chat["roles"], recorded: RoomEvent): Chat["roles"] => {
  const membership = Room.membership(recorded)
  return membership === undefined
    ? roles
    : withValue(roles, roleKey(recorded.room, membership.user), membership.role ?? undefined)
}

const withMessage = (messages: Chat["messages"], recorded: RoomEvent): Chat["messages"] => {
  const id = Message.subject(recorded)
  return id === undefined ? messages : withValue(messages, id, Message.evolve(messages.get(id), recorded))
}

const withReaction = (reactions: Chat["reactions"], { by, event }: RoomEvent): Chat["reactions"] => {
  if (event._tag === "Reacted") return reactions.union(new Set([reactionKey(event.message, event.emoji, by)]))
  if (event._tag === "Unreacted") return reactions.difference(new Set([reactionKey(event.message, event.emoji, by)]))
  return reactions
}

const withValue = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V | undefined): ReadonlyMap<K, V> => {
  const changed = new Map(map)
  if (value === undefined) changed.delete(key)
  else changed.set(key, value)
  return changed
}

const imagesOf = ({ uploads }: Chat, room: RoomId, owner: UserId): ReadonlyMap<MediaKey, StoredImage> =>
  new Map(uploads.flatMap((one) => (one.room === room && one.owner === owner ? [[one.image.key, one.image]] : [])))
