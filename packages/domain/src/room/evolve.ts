import type { Role, RoomEvent, RoomId, UserId, Visibility } from "@roomlog/schemas"

/** What commands to a room are decided on, apart from the members themselves, which are looked up. */
export interface Room {
  readonly id: RoomId
  readonly name: string
  readonly topic: string
  readonly visibility: Visibility
  readonly createdAt: number
  /** Generation of the valid invitation code. */
  readonly invitation: number
  readonly members: number
  readonly owners: number
}

/** The room after an event. Events of messages change nothing. */
export const evolve = (room: Room | undefined, { room: id, at, event }: RoomEvent): Room | undefined => {
  if (event._tag === "RoomCreated") {
    const { name, topic, visibility } = event
    return { id, name, topic, visibility, createdAt: at, invitation: 1, members: 0, owners: 0 }
  }
  if (room === undefined) return undefined
  switch (event._tag) {
    case "RoomRenamed":
      return { ...room, name: event.name }
    case "TopicSet":
      return { ...room, topic: event.topic }
    case "InvitationRenewed":
      return { ...room, invitation: event.generation }
    case "MemberJoined":
      return { ...room, members: room.members + 1, owners: room.owners + one(event.role) }
    case "MemberLeft":
    case "MemberRemoved":
      return { ...room, members: room.members - 1, owners: room.owners - one(event.role) }
    case "RoleGiven":
      return { ...room, owners: room.owners + one(event.role) - one(event.was) }
    default:
      return room
  }
}

/** Whose membership an event changes, and what they are afterwards (null: not a member). */
export const membership = ({ event }: RoomEvent): { readonly user: UserId; readonly role: Role | null } | undefined => {
  switch (event._tag) {
    case "MemberJoined":
    case "RoleGiven":
      return { user: event.user, role: event.role }
    case "MemberLeft":
    case "MemberRemoved":
      return { user: event.user, role: null }
    default:
      return undefined
  }
}

const one = (role: Role): number => (role === "owner" ? 1 : 0)
