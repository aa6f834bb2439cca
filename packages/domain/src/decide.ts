import type { Command } from "@roomlog/schemas"
import * as message from "./message/decide.ts"
import * as room from "./room/decide.ts"
import type { Decision, World } from "./world.ts"

/** The rules of Roomlog: what a command leads to in a world. Pure, and the same on server and client. */
export const decide = (command: Command, world: World): Decision => {
  switch (command._tag) {
    case "CreateRoom":
      return room.create(command, world)
    case "JoinRoom":
      return room.join(command, world)
    case "LeaveRoom":
      return room.leave(command, world)
    case "RenameRoom":
      return room.rename(command, world)
    case "SetTopic":
      return room.setTopic(command, world)
    case "RenewInvitation":
      return room.renewInvitation(command, world)
    case "GiveRole":
      return room.giveRole(command, world)
    case "RemoveMember":
      return room.removeMember(command, world)
    case "PostMessage":
      return message.post(command, world)
    case "EditMessage":
      return message.edit(command, world)
    case "RemoveMessage":
      return message.remove(command, world)
    case "RestoreMessage":
      return message.restore(command, world)
    case "React":
      return message.react(command, world)
    case "Unreact":
      return message.unreact(command, world)
  }
}
