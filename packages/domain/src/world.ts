import type { Event, MediaKey, Rejection, Role, StoredImage, UserId } from "@roomlog/schemas"
import { Result } from "effect"
import { isAtLeast } from "./access.ts"
import type { Message } from "./message/evolve.ts"
import type { Room } from "./room/evolve.ts"

/** Everything that a command is judged on: what the log says so far, and what the doors know. */
export interface World {
  /** Who asks. */
  readonly by: UserId
  /** The room that the command names. */
  readonly room: Room | undefined
  /** What the asking one is in it. */
  readonly role: Role | undefined
  /** What the user that the command names is in it. */
  readonly target?: Role | undefined
  /** The message that the command names. */
  readonly message?: Message | undefined
  /** The message that a reply answers. */
  readonly answered?: Message | undefined
  /** Whether the asking one has put this emoji on the message. */
  readonly reacted?: boolean
  /** Images that the asking one has uploaded for this room. */
  readonly images?: ReadonlyMap<MediaKey, StoredImage>
  /** Images that were deleted for good. */
  readonly gone?: ReadonlySet<MediaKey>
  /** Whether the command carries the room's valid invitation code. */
  readonly invited?: boolean
  /** Whether another room has the name that the command asks for. */
  readonly nameTaken?: boolean
}

/** What happened (one event at least), or why not. */
export type Decision = Result.Result<readonly [Event, ...Event[]], Rejection>

/** Yes: these events. */
export const happened = (...events: [Event, ...Event[]]): Decision => Result.succeed(events)

/** No, for this reason. */
export const no = (rejection: Rejection): Decision => Result.fail(rejection)

/** Lets a member of at least `needed` go on; tells strangers of a private room nothing. */
export const asMember = (
  command: { readonly room: Room["id"] },
  { room, role }: World,
  needed: "owner" | "moderator" | "member",
  then: (room: Room, role: NonNullable<World["role"]>) => Decision,
): Decision => {
  if (room === undefined || (room.visibility === "private" && role === undefined))
    return no({ _tag: "RoomNotFound", room: command.room })
  if (role === undefined) return no({ _tag: "NotAMember", room: room.id })
  return isAtLeast(role, needed) ? then(room, role) : no({ _tag: "NotAllowed", needs: needed })
}
