import { Schema } from "effect"
import { durable, Unknown } from "./event.ts"
import { Profile } from "./identity.ts"
import { MessageId, RoomId, Seq, Time, Token, UserId } from "./ids.ts"
import { limits } from "./limits.ts"
import { Image, ImageRef } from "./media.ts"
import {
  InvitationRenewed,
  MemberJoined,
  MemberLeft,
  MemberRemoved,
  RoleGiven,
  RoomCreated,
  RoomRenamed,
  TopicSet,
} from "./room.ts"
import { atMost, atMostBytes, storable } from "./text.ts"

/** What a person writes. May be empty only beside an image, which `decide` judges. */
export const MessageText = Schema.String.check(storable, atMost(limits.textGraphemes), atMostBytes(limits.textBytes))

const isEmoji = Schema.makeFilter((text: string) => /^\p{RGI_Emoji}$/v.test(text) || "must be one emoji")
export const Emoji = Schema.String.check(Schema.isMaxLength(64), isEmoji)

export const PostMessage = Schema.TaggedStruct("PostMessage", {
  room: RoomId,
  message: MessageId,
  text: MessageText,
  images: Schema.Array(ImageRef).check(Schema.isMaxLength(limits.imagesPerMessage)),
  replyTo: Schema.NullOr(MessageId),
})
export const EditMessage = Schema.TaggedStruct("EditMessage", { room: RoomId, message: MessageId, text: MessageText })
export const RemoveMessage = Schema.TaggedStruct("RemoveMessage", { room: RoomId, message: MessageId })
export const RestoreMessage = Schema.TaggedStruct("RestoreMessage", { room: RoomId, message: MessageId })
export const React = Schema.TaggedStruct("React", { room: RoomId, message: MessageId, emoji: Emoji })
export const Unreact = Schema.TaggedStruct("Unreact", { room: RoomId, message: MessageId, emoji: Emoji })

/** The message that a reply answers, and where it stands. */
export const Reply = Schema.Struct({ message: MessageId, seq: Seq })
export type Reply = typeof Reply.Type

export const MessagePosted = durable(
  1,
  Schema.TaggedStruct("MessagePosted", {
    message: MessageId,
    text: Schema.String,
    images: Schema.Array(Image),
    replyTo: Schema.NullOr(Reply),
  }),
)
export const MessageEdited = durable(
  1,
  Schema.TaggedStruct("MessageEdited", { message: MessageId, text: Schema.String }),
)
export const MessageRemoved = durable(1, Schema.TaggedStruct("MessageRemoved", { message: MessageId }))
/** Carries the content again, because readers who came after the removal never had it. */
export const MessageRestored = durable(
  1,
  Schema.TaggedStruct("MessageRestored", { message: MessageId, text: Schema.String, images: Schema.Array(Image) }),
)
export const Reacted = durable(1, Schema.TaggedStruct("Reacted", { message: MessageId, emoji: Schema.String }))
export const Unreacted = durable(1, Schema.TaggedStruct("Unreacted", { message: MessageId, emoji: Schema.String }))

export const messageCommands = [PostMessage, EditMessage, RemoveMessage, RestoreMessage, React, Unreact] as const
export const messageEvents = [
  MessagePosted,
  MessageEdited,
  MessageRemoved,
  MessageRestored,
  Reacted,
  Unreacted,
] as const

/** A message as readers see it. A removed one has neither text nor images. */
export const MessageView = Schema.TaggedStruct("Message", {
  room: RoomId,
  id: MessageId,
  seq: Seq,
  at: Time,
  by: UserId,
  text: Schema.String,
  images: Schema.Array(Image),
  replyTo: Schema.NullOr(Reply),
  editedAt: Schema.NullOr(Time),
  removed: Schema.NullOr(Schema.Struct({ by: UserId, at: Time })),
  reactions: Schema.Array(Schema.Struct({ emoji: Schema.String, count: Schema.Int })),
  /** Seq of the newest event that changed it. */
  revision: Seq,
})
export type MessageView = typeof MessageView.Type

/** Something that happened in the room and is not a message: a line of its own between them. */
export const NoticeView = Schema.TaggedStruct("Notice", {
  room: RoomId,
  seq: Seq,
  at: Time,
  by: UserId,
  event: Schema.Union([
    RoomCreated,
    RoomRenamed,
    TopicSet,
    InvitationRenewed,
    MemberJoined,
    MemberLeft,
    MemberRemoved,
    RoleGiven,
    Unknown,
  ]),
})
export type NoticeView = typeof NoticeView.Type

export const TimelineItem = Schema.Union([MessageView, NoticeView])
export type TimelineItem = typeof TimelineItem.Type

/** Which part of a room's history to read: at most one of `before`, `after` and `around`; none means the newest. */
export const HistoryQuery = Schema.Struct({
  room: RoomId,
  before: Schema.optionalKey(Seq),
  after: Schema.optionalKey(Seq),
  around: Schema.optionalKey(Seq),
  limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: limits.page }))),
}).check(
  Schema.makeFilter(
    ({ before, after, around }: { before?: number; after?: number; around?: number }) =>
      [before, after, around].filter((place) => place !== undefined).length <= 1 ||
      "takes only one of before, after and around",
  ),
)
export type HistoryQuery = typeof HistoryQuery.Type

/** A page of history, oldest first; following from `upTo` continues it with no gap and no repeat. */
export const HistoryPage = Schema.Struct({
  items: Schema.Array(TimelineItem),
  upTo: Token,
  hasOlder: Schema.Boolean,
  hasNewer: Schema.Boolean,
  /** Everybody who is named in the page. */
  people: Schema.Array(Profile),
  /** Messages that replies in the page answer. */
  quotes: Schema.Array(MessageView),
  /** The reader's own reactions to messages of the page. */
  mine: Schema.Array(Schema.Struct({ message: MessageId, emoji: Schema.String })),
})
export type HistoryPage = typeof HistoryPage.Type
