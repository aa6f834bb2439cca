import type { Stored } from "@roomlog/log"
import { type Event, type RoomEvent, type RoomId, type UserId, upcast } from "@roomlog/schemas"

/** A stored event in the words of the chat. The log's streams are rooms. */
export const recorded = (stored: Stored): RoomEvent => ({
  room: stored.stream as RoomId,
  seq: stored.seq,
  at: stored.at,
  by: stored.actor as UserId,
  event: upcast(stored.type, stored.version, stored.body),
})

/** An event's stored body: its fields without the tag, which is a column of its own. */
export const bodyOf = ({ _tag, ...body }: Event): Record<string, unknown> => body
