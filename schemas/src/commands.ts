import { Schema } from "effect"
import { messageCommands } from "./message.ts"
import { roomCommands } from "./room.ts"

/** Everything that can be asked of Roomlog and stands in the log afterwards. */
export const Command = Schema.Union([...roomCommands, ...messageCommands])
export type Command = typeof Command.Type
export type CommandTag = Command["_tag"]
/** The command of one tag. */
export type CommandOf<Tag extends CommandTag> = Extract<Command, { _tag: Tag }>
