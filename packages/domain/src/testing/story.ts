import assert from "node:assert/strict"
import type { Command, Event, Rejection, RejectionTag, RoomId, UserId } from "@roomlog/schemas"
import { Result } from "effect"
import * as Chat from "./chat.ts"
import { ann, bob, cat, cellar, create, giveRole, join, lobby, picture } from "./words.ts"

/** Something that goes before a story begins. */
export type Before = (chat: Chat.Chat) => Chat.Chat

/** How a story ends. */
export interface Ending {
  /** Exactly these events happened. */
  readonly leadsTo: (...events: ReadonlyArray<Event>) => void
  /** Nothing happened, for this reason; `details` are what else the refusal says. */
  readonly refused: <Tag extends RejectionTag>(
    tag: Tag,
    details?: Omit<Extract<Rejection, { _tag: Tag }>, "_tag">,
  ) => void
}

/** A story: given what went before, when somebody asks for something, then this comes of it. */
export const given = (...before: ReadonlyArray<Before>) => {
  const chat = before.reduce((now, step) => step(now), Chat.empty)
  return { chat, when: (by: UserId, command: Command): Ending => ending(Chat.ask(chat, { by, command })) }
}

/** Somebody asked for something, and it happened. Throws if it was refused. */
export const did =
  (by: UserId, command: Command): Before =>
  (before) => {
    const { chat, decision } = Chat.ask(before, { by, command })
    if (Result.isFailure(decision)) throw new Error(`${command._tag} was refused: ${decision.failure._tag}`)
    return chat
  }

/** Ann has the lobby, Bob is a moderator in it, Cat a member; Eve is not there. */
export const opened: Before = (chat) =>
  [did(ann, create()), did(bob, join()), did(ann, giveRole(bob, "moderator")), did(cat, join())].reduce(
    (now, step) => step(now),
    chat,
  )

/** Ann has the cellar, a private room, for herself. */
export const dug: Before = did(ann, create({ room: cellar, name: "cellar", visibility: "private" }))

/** Somebody has uploaded the picture for a room. */
export const uploaded =
  (owner: UserId, room: RoomId = lobby): Before =>
  (chat) => ({ ...chat, uploads: [...chat.uploads, { owner, room, image: picture }] })

const ending = ({ decision }: ReturnType<typeof Chat.ask>): Ending => ({
  leadsTo: (...events) =>
    assert.deepEqual(Result.isSuccess(decision) ? [...decision.success] : decision.failure, events),
  refused: (tag, details) => {
    assert(Result.isFailure(decision), "it was not refused")
    assert.deepEqual(details ? decision.failure : decision.failure._tag, details ? { _tag: tag, ...details } : tag)
  },
})
