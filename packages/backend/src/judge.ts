import { decide, Message, type Room, type World } from "@roomlog/domain"
import type { Batch, Draft, Judge, Place, Query, Stored, Submission } from "@roomlog/log"
import {
  type Command,
  isKnown,
  type MediaKey,
  type Rejection,
  type RoomEvent,
  type RoomId,
  type StoredImage,
  type UserId,
  versionOf,
} from "@roomlog/schemas"
import { Result } from "effect"
import { Fold, type Memory } from "./fold.ts"
import * as Needs from "./needs.ts"
import { bodyOf } from "./recorded.ts"
import { memberKey, reactionKey, tables } from "./rows.ts"
import { Warm } from "./warm.ts"

/** Makes the invitation code of a room's generation; nothing of it is stored. */
export type InvitationCode = (room: RoomId, generation: number) => string

/** The rules of the chat in the shape that the log asks for: worlds are read, decisions folded, rows computed. */
export const makeJudge = (invitation: InvitationCode): Judge<Command, Rejection> => {
  const warm: Remembered = {
    rooms: new Warm(20_000),
    members: new Warm(200_000),
    messages: new Warm(50_000),
    reactions: new Warm(50_000),
    tried: new Warm(10_000),
  }
  return {
    tables,
    batch: () => new RoomBatch(warm, invitation),
    heard: (events) => {
      if (events.every(isKnown)) for (const event of events) forget(warm, event)
      else forgetAll(warm)
    },
    lost: () => forgetAll(warm),
  }
}

/** What commands are judged on, by kind of thing. */
interface Remembered extends Memory {
  readonly tried: Warm<true>
}

/** One batch's view of the rooms that it is about. */
class RoomBatch extends Fold implements Batch<Command, Rejection> {
  readonly tried: Warm<true>
  readonly names = new Map<string, RoomId>()
  readonly images = new Map<MediaKey, StoredImage & { readonly room: string; readonly owner: string }>()
  readonly gone = new Set<MediaKey>()
  readonly #invitation: InvitationCode
  readonly #streams = new Set<string>()

  constructor(memory: Remembered, invitation: InvitationCode) {
    super(memory)
    this.#invitation = invitation
    this.tried = memory.tried
  }

  async load(submissions: ReadonlyArray<Submission<Command>>, query: Query): Promise<void> {
    for (const { stream } of submissions) this.#streams.add(stream)
    await Needs.load(submissions, this, query)
  }

  judge({ content, actor, stream }: Submission<Command>, place: Place): Result.Result<ReadonlyArray<Draft>, Rejection> {
    const by = actor as UserId
    return Result.map(decide(content, this.#world(content, by)), (events) =>
      events.map((event, i): Draft => {
        this.#fold({ room: stream as RoomId, seq: place.seq + i, at: place.at, by, event })
        const subject = Message.subject({ event }) ?? null
        return { type: event._tag, version: versionOf(event._tag), subject, body: bodyOf(event) }
      }),
    )
  }

  /** Messages of rooms in other partitions are not kept: their own committer may be changing them right now. */
  keep(): void {
    this.rooms.keep()
    this.members.keep()
    this.messages.keep((_, message) => message !== null && this.#streams.has(message.room))
    this.reactions.keep()
    for (const [id] of this.messages.changes()) this.tried.forget(id)
  }

  #world(command: Command, by: UserId): World {
    const room = this.rooms.get(command.room)
    const message = "message" in command ? command.message : undefined
    return {
      by,
      room,
      role: this.members.get(memberKey(command.room, by)),
      target: "user" in command ? this.members.get(memberKey(command.room, command.user)) : undefined,
      message: message && this.messages.get(message),
      answered: "replyTo" in command && command.replyTo ? this.messages.get(command.replyTo) : undefined,
      reacted: "emoji" in command && this.reactions.get(reactionKey(command.message, command.emoji, by)) === true,
      images: command._tag === "PostMessage" ? this.#imagesOf(command.room, by) : new Map(),
      gone: this.gone,
      invited: command._tag === "JoinRoom" && room !== undefined && this.#isInvited(command.invitation, room),
      nameTaken: "name" in command && (this.names.get(command.name) ?? command.room) !== command.room,
    }
  }

  #imagesOf(room: RoomId, by: UserId): ReadonlyMap<MediaKey, StoredImage> {
    return new Map(
      [...this.images].flatMap(([key, { room: at, owner, ...image }]) =>
        at === room && owner === by ? [[key, image]] : [],
      ),
    )
  }

  #isInvited(code: string | undefined, room: Room.Room): boolean {
    return code !== undefined && code === this.#invitation(room.id, room.invitation)
  }

  #fold(event: RoomEvent): void {
    const before = this.rooms.get(event.room)?.name
    this.evolve(event)
    const after = this.rooms.get(event.room)?.name
    if (after === undefined || after === before) return
    if (before !== undefined) this.names.delete(before)
    this.names.set(after, event.room)
  }
}

/** What a newer version did may have changed anything: its rows say what is so now (docs/decisions/0007). */
const forgetAll = (memory: Remembered): void => {
  for (const kind of Object.values(memory)) kind.clear()
}

const forget = (memory: Memory, { stream, subject, actor, body }: Stored): void => {
  memory.rooms.forget(stream)
  const user = body["user"]
  if (typeof user === "string") memory.members.forget(memberKey(stream, user))
  if (subject !== null) memory.messages.forget(subject)
  const emoji = body["emoji"]
  if (subject !== null && typeof emoji === "string") memory.reactions.forget(reactionKey(subject, emoji, actor))
}
