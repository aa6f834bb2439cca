import type { Stored } from "@roomlog/log"
import { type Event, type EventTag, isKnown, type RoomEvent, type RoomId, type UserId, upcast } from "@roomlog/schemas"

/** A stored event in the words of the chat, as far as this version knows them. The log's streams are rooms. */
export const recorded = (
  stored: Pick<Stored, "stream" | "seq" | "at" | "actor" | "type" | "version" | "body"> & Partial<Stored>,
): RoomEvent => ({
  room: stored.stream as RoomId,
  seq: stored.seq,
  at: stored.at,
  by: stored.actor as UserId,
  event: upcast(stored.type, stored.version, stored.body, stored.subject),
})

/** An event's stored body: its fields without the tag, which is a column of its own. */
export const bodyOf = ({ _tag, ...body }: Event): Record<string, unknown> => body

/**
 * Whether an event changes whose rooms there are: everybody's list may change, so every node is told. What this
 * version does not know may do so too.
 */
export const changesWhoReads = (stored: Stored): boolean => lists.has(stored.type) || !isKnown(stored)

const lists: ReadonlySet<string> = new Set<EventTag>([
  "RoomCreated",
  "MemberJoined",
  "MemberLeft",
  "MemberRemoved",
  "RoleGiven",
])
