import { Schema } from "effect"
import { Unknown } from "./event.ts"
import { CommandId, RoomId, Seq, Time, Token, UserId } from "./ids.ts"
import { messageEvents } from "./message.ts"
import { presenceEvents } from "./presence.ts"
import { roomEvents } from "./room.ts"

/** Every durable event of Roomlog. */
export const Event = Schema.Union([...roomEvents, ...messageEvents])
export type Event = typeof Event.Type
export type EventTag = Event["_tag"]
/** The event of one tag. */
export type EventOf<Tag extends EventTag> = Extract<Event, { _tag: Tag }>

/** What is told and not stored. */
export const Signal = Schema.Union(presenceEvents)
export type Signal = typeof Signal.Type

/** An event at its place in a room: what folds take and subscribers hear. */
export const RoomEvent = Schema.Struct({
  room: RoomId,
  seq: Seq,
  at: Time,
  by: UserId,
  event: Schema.Union([...roomEvents, ...messageEvents, Unknown]),
})
export type RoomEvent = typeof RoomEvent.Type

/** A room event on its way to a subscriber, with the author's name and the command that caused it. */
export const DeliveredEvent = Schema.Struct({ ...RoomEvent.fields, name: Schema.String, command: CommandId })
export type DeliveredEvent = typeof DeliveredEvent.Type

/** Follow a room from `from` (or from now). After a lost connection tRPC fills in `lastEventId`, which wins. */
export const FollowQuery = Schema.Struct({
  room: RoomId,
  from: Schema.optionalKey(Token),
  lastEventId: Schema.optionalKey(Token),
})
export type FollowQuery = typeof FollowQuery.Type

/** One frame of a room's subscription. Its tracked id is the resume token after it. */
export const FeedItem = Schema.TaggedUnion({
  /** The subscription stands; what follows is live. `here` are the people connected to the room. */
  Live: { here: Schema.Array(Schema.Struct({ id: UserId, name: Schema.String })) },
  /** One or more events, in order, following each other without a gap. */
  Events: { events: Schema.Array(DeliveredEvent) },
  /** Something that is only true now. */
  Signal: { signal: Signal },
  /** The token cannot be continued (history was rewound, or it is too far behind): load a page afresh. */
  Reset: { reason: Schema.Literals(["rewound", "ahead", "too-far"]) },
})
export type FeedItem = typeof FeedItem.Type

/** News for somebody's room list. */
export const ActivityItem = Schema.TaggedUnion({
  /** Subscribed. */
  Watching: {},
  /** A message was posted in a room that the reader is a member of. */
  Posted: { room: RoomId, seq: Seq, by: UserId, name: Schema.String },
  /** The list of rooms, their names or one's own membership changed: ask again. */
  RoomsChanged: {},
})
export type ActivityItem = typeof ActivityItem.Type
