import { Access } from "@roomlog/domain"
import type { MessageView, RoomSummary, UserId } from "@roomlog/schemas"

type Mine = RoomSummary["role"]

/** Authors correct their own messages. */
export const mayEdit = (message: MessageView, me: UserId): boolean => message.by === me && message.removed === null

/** Authors remove their own messages, moderators everybody's. */
export const mayRemove = (message: MessageView, me: UserId, role: Mine): boolean =>
  message.removed === null && (message.by === me || Access.isAtLeast(role ?? undefined, "moderator"))

/** Who removed a message may restore it, and so may moderators. */
export const mayRestore = (message: MessageView, me: UserId, role: Mine): boolean =>
  message.removed !== null && (message.removed.by === me || Access.isAtLeast(role ?? undefined, "moderator"))
