import type { Image, MessageId, MessageView, RoomEvent } from "@roomlog/schemas"

/** A message as the log makes it: what readers see, and what a removed one would show again. */
export interface Message extends MessageView {
  readonly kept?: { readonly text: string; readonly images: ReadonlyArray<Image> }
}

/** Which message an event is about, if it is about one. */
export const subject = ({ event }: Pick<RoomEvent, "event">): MessageId | undefined =>
  "message" in event ? event.message : undefined

/**
 * What posting, editing, removing, restoring and reacting mean, here and nowhere else. Takes the events of one
 * message in order; hearing one twice changes nothing.
 */
export const evolve = (message: Message | undefined, recorded: RoomEvent): Message | undefined => {
  const { event, seq, at, by } = recorded
  if (event._tag === "MessagePosted") return message ?? posted(recorded, event)
  if (message === undefined || seq <= message.revision || subject(recorded) !== message.id) return message
  switch (event._tag) {
    case "MessageEdited":
      return { ...message, text: event.text, editedAt: at, revision: seq }
    case "MessageRemoved": {
      const kept = { text: message.text, images: message.images }
      return { ...message, text: "", images: [], kept, removed: { by, at }, revision: seq }
    }
    case "MessageRestored": {
      const { kept: _, ...rest } = message
      return { ...rest, text: event.text, images: event.images, removed: null, revision: seq }
    }
    case "Reacted":
      return { ...message, reactions: counted(message.reactions, event.emoji, 1), revision: seq }
    case "Unreacted":
      return { ...message, reactions: counted(message.reactions, event.emoji, -1), revision: seq }
    default:
      return message
  }
}

/** The message as readers may see it: what is kept, or was added by a newer version, is not for them. */
export const shown = (message: Message): MessageView => {
  const { room, id, seq, at, by, text, images, replyTo, editedAt, removed, reactions, revision } = message
  return { _tag: "Message", room, id, seq, at, by, text, images, replyTo, editedAt, removed, reactions, revision }
}

const posted = (
  { room, seq, at, by }: RoomEvent,
  { message, text, images, replyTo }: Extract<RoomEvent["event"], { _tag: "MessagePosted" }>,
): Message => ({
  _tag: "Message",
  room,
  id: message,
  seq,
  at,
  by,
  text,
  images,
  replyTo,
  editedAt: null,
  removed: null,
  reactions: [],
  revision: seq,
})

const counted = (reactions: Message["reactions"], emoji: string, change: 1 | -1): Message["reactions"] => {
  const index = reactions.findIndex((reaction) => reaction.emoji === emoji)
  if (index < 0) return change > 0 ? [...reactions, { emoji, count: 1 }] : reactions
  const count = reactions[index]!.count + change
  return count > 0 ? reactions.with(index, { emoji, count }) : reactions.toSpliced(index, 1)
}
