import type { NoticeView, RoomEvent, RoomId, Seq, TimelineItem } from "@roomlog/schemas"
import * as Message from "./message/evolve.ts"

/** A message with what it keeps, or a line between messages. */
export type Item = Message.Message | NoticeView

/** A window of a room's history, oldest first. */
export interface Timeline {
  readonly room: RoomId
  /** Everything up to this seq has been heard. */
  readonly upTo: Seq
  readonly items: ReadonlyArray<Item>
}

/** A timeline that has heard nothing. */
export const empty = (room: RoomId): Timeline => ({ room, upTo: 0, items: [] })

/** The timeline after an event; an event that it has heard changes nothing. */
export const evolve = (timeline: Timeline, recorded: RoomEvent): Timeline =>
  recorded.seq <= timeline.upTo
    ? timeline
    : { ...timeline, upTo: recorded.seq, items: withEvent(timeline.items, recorded) }

/** The timeline as readers may see it. */
export const shown = (timeline: Timeline): ReadonlyArray<TimelineItem> =>
  timeline.items.map((item) => (item._tag === "Message" ? Message.shown(item) : item))

/** The line that an event which is not about a message leaves between messages. */
export const notice = ({ room, seq, at, by, event }: RoomEvent): NoticeView | undefined =>
  "message" in event ? undefined : { _tag: "Notice", room, seq, at, by, event }

/** Items with an event folded in. */
export const withEvent = (items: ReadonlyArray<Item>, recorded: RoomEvent): ReadonlyArray<Item> => {
  const line = notice(recorded)
  if (line !== undefined) return [...items, line]
  if (recorded.event._tag === "MessagePosted") return [...items, Message.evolve(undefined, recorded)!]
  const id = Message.subject(recorded)
  const index = items.findLastIndex((item) => item._tag === "Message" && item.id === id)
  const before = items[index]
  if (before?._tag !== "Message") return items
  const after = Message.evolve(before, recorded)!
  return after === before ? items : items.with(index, after)
}
