import type { CommandOf } from "@roomlog/schemas"
import { outranks } from "../access.ts"
import { asMember, type Decision, happened, no, type World } from "../world.ts"

/** A new room belongs to who creates it. */
export const create = (command: CommandOf<"CreateRoom">, { by, room, nameTaken }: World): Decision => {
  if (room !== undefined) return no({ _tag: "RoomIdTaken", room: command.room })
  if (nameTaken) return no({ _tag: "RoomNameTaken", name: command.name })
  const { name, topic, visibility } = command
  return happened({ _tag: "RoomCreated", name, topic, visibility }, { _tag: "MemberJoined", user: by, role: "owner" })
}

/** Everybody may join a public room; a private one takes its invitation code. */
export const join = (command: CommandOf<"JoinRoom">, { by, room, role, invited }: World): Decision => {
  if (room === undefined) return no({ _tag: "RoomNotFound", room: command.room })
  if (role !== undefined) return no({ _tag: "AlreadyMember", room: room.id })
  if (room.visibility === "private" && !invited) return no({ _tag: "RoomNotFound", room: command.room })
  return happened({ _tag: "MemberJoined", user: by, role: room.members === 0 ? "owner" : "member" })
}

/** Everybody may leave, but not the last owner while others stay. */
export const leave = (command: CommandOf<"LeaveRoom">, world: World): Decision =>
  asMember(command, world, "member", (room, role) =>
    role === "owner" && room.owners === 1 && room.members > 1
      ? no({ _tag: "LastOwner", room: room.id })
      : happened({ _tag: "MemberLeft", user: world.by, role }),
  )

export const rename = (command: CommandOf<"RenameRoom">, world: World): Decision =>
  asMember(command, world, "moderator", (room) => {
    if (room.name === command.name) return no({ _tag: "NothingChanged" })
    if (world.nameTaken) return no({ _tag: "RoomNameTaken", name: command.name })
    return happened({ _tag: "RoomRenamed", name: command.name })
  })

export const setTopic = (command: CommandOf<"SetTopic">, world: World): Decision =>
  asMember(command, world, "moderator", (room) =>
    room.topic === command.topic
      ? no({ _tag: "NothingChanged" })
      : happened({ _tag: "TopicSet", topic: command.topic }),
  )

/** A new code replaces the old one; public rooms have none. */
export const renewInvitation = (command: CommandOf<"RenewInvitation">, world: World): Decision =>
  asMember(command, world, "owner", (room) =>
    room.visibility === "public"
      ? no({ _tag: "NothingChanged" })
      : happened({ _tag: "InvitationRenewed", generation: room.invitation + 1 }),
  )

/** Owners give roles, also away; one owner remains. */
export const giveRole = (command: CommandOf<"GiveRole">, world: World): Decision =>
  asMember(command, world, "owner", (room) => {
    const was = world.target
    if (was === undefined) return no({ _tag: "MemberNotFound", user: command.user })
    if (was === command.role) return no({ _tag: "NothingChanged" })
    if (was === "owner" && room.owners === 1) return no({ _tag: "LastOwner", room: room.id })
    return happened({ _tag: "RoleGiven", user: command.user, role: command.role, was })
  })

/** Moderators remove members, owners also moderators; nobody an equal. */
export const removeMember = (command: CommandOf<"RemoveMember">, world: World): Decision =>
  asMember(command, world, "moderator", (_, role) => {
    if (world.target === undefined) return no({ _tag: "MemberNotFound", user: command.user })
    if (!outranks(role, world.target)) return no({ _tag: "NotAllowed", needs: "owner" })
    return happened({ _tag: "MemberRemoved", user: command.user, role: world.target })
  })
