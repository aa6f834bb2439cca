import type { Rejection, RejectionTag } from "@roomlog/schemas"
import { Data } from "effect"

/** A "no" on its way out of an Effect. */
export class Rejected extends Data.TaggedError("Rejected")<{ readonly rejection: Rejection }> {}

/** Fails with a rejection. */
export const reject = (rejection: Rejection): Rejected => new Rejected({ rejection })

/** What each "no" means at a door: the tRPC code, from which follows the HTTP status. */
export const codes = {
  NotSignedIn: "UNAUTHORIZED",
  NameInUse: "CONFLICT",
  NameReserved: "CONFLICT",
  RoomNotFound: "NOT_FOUND",
  RoomNameTaken: "CONFLICT",
  RoomIdTaken: "CONFLICT",
  NotAMember: "FORBIDDEN",
  AlreadyMember: "CONFLICT",
  MemberNotFound: "NOT_FOUND",
  NotAllowed: "FORBIDDEN",
  NotTheAuthor: "FORBIDDEN",
  LastOwner: "CONFLICT",
  MessageNotFound: "NOT_FOUND",
  MessageIdTaken: "CONFLICT",
  MessageIsRemoved: "CONFLICT",
  MessageIsEmpty: "BAD_REQUEST",
  ImageNotFound: "NOT_FOUND",
  TooManyReactions: "CONFLICT",
  NothingChanged: "CONFLICT",
  CommandReused: "CONFLICT",
  InvalidInput: "BAD_REQUEST",
  RateLimited: "TOO_MANY_REQUESTS",
} as const satisfies Record<RejectionTag, string>

/** Each "no" as a sentence for people: what happened, why, what to do. */
export const sentence = (no: Rejection): string => {
  switch (no._tag) {
    case "NotSignedIn":
      return "You are not signed in. Sign in with a name first."
    case "NameInUse":
      return `Somebody is here as "${no.name}" already. Try "${no.suggestion}".`
    case "NameReserved":
      return `Nobody may be called "${no.name}", because Roomlog speaks under that name. Choose another one.`
    case "RoomNotFound":
      return "There is no such room, or you may not read it. A private room needs its invitation."
    case "RoomNameTaken":
      return `There is a room called "${no.name}" already. Choose another name.`
    case "RoomIdTaken":
      return "A room with this id exists already. Make a new id."
    case "NotAMember":
      return "You are not a member of this room. Join it first."
    case "AlreadyMember":
      return "You are a member of this room already."
    case "MemberNotFound":
      return "That person is not a member of this room."
    case "NotAllowed":
      return `Only ${no.needs === "member" ? "members" : `a room's ${no.needs}`} may do this.`
    case "NotTheAuthor":
      return "Only its author may do this with a message."
    case "LastOwner":
      return "A room with members needs an owner. Make somebody else owner first."
    case "MessageNotFound":
      return "There is no such message in this room."
    case "MessageIdTaken":
      return "A message with this id exists already. Make a new id."
    case "MessageIsRemoved":
      return "This message was removed."
    case "MessageIsEmpty":
      return "text must not be blank unless the message has an image."
    case "ImageNotFound":
      return "That image was not uploaded by you for this room. Upload it again."
    case "TooManyReactions":
      return `A message takes at most ${no.most} different reactions.`
    case "NothingChanged":
      return "It is so already: nothing was changed."
    case "CommandReused":
      return "This command id was used for something else. Make a new id for each command."
    case "InvalidInput":
      return `${no.field}: ${no.reason}`
    case "RateLimited":
      return `Too many at once. Try again in ${Math.max(1, Math.ceil(no.retryAfter / 1000))} s.`
  }
}
