import { Schema } from "effect"
import { CommandId, MessageId, RoomId, UserId } from "./ids.ts"
import { Role } from "./room.ts"

const fields = {
  NotSignedIn: {},
  NameInUse: { name: Schema.String, suggestion: Schema.String },
  NameReserved: { name: Schema.String },
  /** Also the answer for rooms that the reader may not know of. */
  RoomNotFound: { room: Schema.String },
  RoomNameTaken: { name: Schema.String },
  RoomIdTaken: { room: RoomId },
  NotAMember: { room: RoomId },
  AlreadyMember: { room: RoomId },
  MemberNotFound: { user: UserId },
  NotAllowed: { needs: Role },
  NotTheAuthor: { message: MessageId },
  LastOwner: { room: RoomId },
  MessageNotFound: { message: MessageId },
  MessageIdTaken: { message: MessageId },
  MessageIsRemoved: { message: MessageId },
  MessageIsEmpty: { field: Schema.Literal("text") },
  ImageNotFound: { key: Schema.String },
  TooManyReactions: { message: MessageId, most: Schema.Int },
  NothingChanged: {},
  CommandReused: { command: CommandId },
  InvalidInput: { field: Schema.String, reason: Schema.String },
  /** `retryAfter` in milliseconds. */
  RateLimited: { retryAfter: Schema.Int },
} as const

/** Every "no" that Roomlog says, as data. */
export const Rejection = Schema.TaggedUnion(fields)
export type Rejection = typeof Rejection.Type
export type RejectionTag = Rejection["_tag"]
/** The rejection of one tag. */
export type RejectionOf<Tag extends RejectionTag> = Extract<Rejection, { _tag: Tag }>
