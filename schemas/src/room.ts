import { Schema } from "effect"
import { durable } from "./event.ts"
import { RoomId, Seq, Time, Token, UserId } from "./ids.ts"
import { limits } from "./limits.ts"
import { atMost, notBlank, oneLine, storable } from "./text.ts"

const canonical = Schema.makeFilter(
  (name: string) =>
    name === name.normalize("NFKC").toLowerCase().trim() || "must be in lower case, without spaces around it",
)
const noSlash = Schema.makeFilter((name: string) => !/[/\\?#]/.test(name) || "must not contain / \\ ? or #")

/** A room's name as it stands in its address: lower case, unique. */
export const RoomName = Schema.String.check(
  storable,
  notBlank,
  oneLine,
  atMost(limits.roomNameGraphemes),
  canonical,
  noSlash,
)
export const Topic = Schema.String.check(storable, oneLine, atMost(limits.topicGraphemes))

/** Public rooms are read by everybody who has signed in, private ones by their members. */
export const Visibility = Schema.Literals(["public", "private"])
export type Visibility = typeof Visibility.Type

/** What a member may do, each including the next: owner, moderator, member. */
export const Role = Schema.Literals(["owner", "moderator", "member"])
export type Role = typeof Role.Type

/** Proves an invitation to a private room. Nothing of it is stored. */
export const Invitation = Schema.String.check(
  Schema.isPattern(/^[0-9a-z]{26}$/, { message: "must be an invitation code of 26 letters and digits" }),
)

export const CreateRoom = Schema.TaggedStruct("CreateRoom", {
  room: RoomId,
  name: RoomName,
  topic: Topic,
  visibility: Visibility,
})
export const JoinRoom = Schema.TaggedStruct("JoinRoom", { room: RoomId, invitation: Schema.optionalKey(Invitation) })
export const LeaveRoom = Schema.TaggedStruct("LeaveRoom", { room: RoomId })
export const RenameRoom = Schema.TaggedStruct("RenameRoom", { room: RoomId, name: RoomName })
export const SetTopic = Schema.TaggedStruct("SetTopic", { room: RoomId, topic: Topic })
export const RenewInvitation = Schema.TaggedStruct("RenewInvitation", { room: RoomId })
export const GiveRole = Schema.TaggedStruct("GiveRole", { room: RoomId, user: UserId, role: Role })
export const RemoveMember = Schema.TaggedStruct("RemoveMember", { room: RoomId, user: UserId })

export const RoomCreated = durable(
  1,
  Schema.TaggedStruct("RoomCreated", { name: Schema.String, topic: Schema.String, visibility: Visibility }),
)
export const RoomRenamed = durable(1, Schema.TaggedStruct("RoomRenamed", { name: Schema.String }))
export const TopicSet = durable(1, Schema.TaggedStruct("TopicSet", { topic: Schema.String }))
/** From here on only the code of this generation is an invitation. */
export const InvitationRenewed = durable(1, Schema.TaggedStruct("InvitationRenewed", { generation: Schema.Int }))
export const MemberJoined = durable(1, Schema.TaggedStruct("MemberJoined", { user: UserId, role: Role }))
/** `role` is the one that ended with it. */
export const MemberLeft = durable(1, Schema.TaggedStruct("MemberLeft", { user: UserId, role: Role }))
export const MemberRemoved = durable(1, Schema.TaggedStruct("MemberRemoved", { user: UserId, role: Role }))
export const RoleGiven = durable(1, Schema.TaggedStruct("RoleGiven", { user: UserId, role: Role, was: Role }))

export const roomCommands = [
  CreateRoom,
  JoinRoom,
  LeaveRoom,
  RenameRoom,
  SetTopic,
  RenewInvitation,
  GiveRole,
  RemoveMember,
] as const
export const roomEvents = [
  RoomCreated,
  RoomRenamed,
  TopicSet,
  InvitationRenewed,
  MemberJoined,
  MemberLeft,
  MemberRemoved,
  RoleGiven,
] as const

/** A room as it stands in somebody's list. */
export const RoomSummary = Schema.Struct({
  room: RoomId,
  name: Schema.String,
  topic: Schema.String,
  visibility: Visibility,
  createdAt: Time,
  members: Schema.Int,
  /** The reader's role; null when not a member. */
  role: Schema.NullOr(Role),
  /** Seq of the newest event. */
  head: Seq,
  /** The reader's mark: what is at or before it has been read. */
  readUpTo: Seq,
  /** Messages of others after the mark, counted up to 1,000. */
  unread: Schema.Int,
})
export type RoomSummary = typeof RoomSummary.Type

export const Member = Schema.Struct({ user: UserId, name: Schema.String, role: Role })
export type Member = typeof Member.Type

/** The answer to an accepted command: where its last event stands. */
export const Receipt = Schema.Struct({ room: RoomId, seq: Seq, at: Time, token: Token })
export type Receipt = typeof Receipt.Type
