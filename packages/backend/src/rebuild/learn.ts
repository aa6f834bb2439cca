import { Message, type Room } from "@roomlog/domain"
import type { Query } from "@roomlog/log"
import type { RoomEvent } from "@roomlog/schemas"
import type { Fold } from "../fold.ts"
import { roomsOf } from "../needs.ts"
import { beside } from "./tablesBeside.ts"

/** Where the past of a page is found when memory does not hold it. */
export interface Past {
  readonly query: Query
  /** Resolves when everything that was folded before stands in the tables. */
  readonly written: Promise<void>
  /** Rooms whose rows are not written yet. */
  readonly rooms: ReadonlyMap<string, Room.Room> | undefined
}

/** Lets a fold know the rooms and messages that events will change. */
export const learn = async (fold: Fold, events: ReadonlyArray<RoomEvent>, past: Past): Promise<void> => {
  const rooms = new Set<string>()
  const messages = new Map<string, string>()
  for (const { room, event } of events) {
    const id = Message.subject({ event })
    if (id === undefined) {
      if (fold.rooms.has(room)) continue
      const unwritten = past.rooms?.get(room)
      if (unwritten !== undefined || event._tag === "RoomCreated") fold.rooms.learn(room, unwritten ?? null)
      else rooms.add(room)
    } else if (!fold.messages.has(id)) {
      if (event._tag === "MessagePosted") fold.messages.learn(id, null)
      else messages.set(id, room)
    }
  }
  if (rooms.size > 0 || messages.size > 0) await past.written
  if (rooms.size > 0)
    for (const room of await roomsOf(past.query, [...rooms], beside("room"))) fold.rooms.learn(room.id, room)
  if (messages.size > 0)
    for (const message of await messagesOf(past.query, messages)) fold.messages.learn(message.id, message)
}

/** The log knows at which seq a message stands, so that no index by message is needed while the tables are filled. */
const messagesOf = async (
  query: Query,
  roomOf: ReadonlyMap<string, string>,
): Promise<ReadonlyArray<Message.Message>> => {
  const found = await query<{ view: Message.Message }>(
    `select item.view from unnest($1::uuid[], $2::uuid[]) as asked (room, message)
     cross join lateral (
       select seq from event where stream_id = asked.room and subject_id = asked.message order by seq limit 1
     ) as posted
     cross join lateral (
       select view from ${beside("item")} where room = asked.room and seq = posted.seq limit 1
     ) as item`,
    [[...roomOf.values()], [...roomOf.keys()]],
  )
  return found.map(({ view }) => view)
}
