import { Schema } from "effect"
import { ephemeral } from "./event.ts"
import { RoomId, UserId } from "./ids.ts"

/** Somebody is writing; holds for five seconds. */
export const Typed = ephemeral(Schema.TaggedStruct("Typed", { user: UserId, name: Schema.String }))
/** Somebody's first connection to the room opened. */
export const CameOnline = ephemeral(Schema.TaggedStruct("CameOnline", { user: UserId, name: Schema.String }))
/** Somebody's last connection to the room closed. */
export const WentOffline = ephemeral(Schema.TaggedStruct("WentOffline", { user: UserId, name: Schema.String }))

export const presenceEvents = [Typed, CameOnline, WentOffline] as const

export const Typing = Schema.Struct({ room: RoomId })
