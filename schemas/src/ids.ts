import { Schema } from "effect"

const uuid = Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, {
  message: "must be a UUID in lower case",
})
/** A person, bot or old client: a pseudonym that says nothing about who it is. */
export const UserId = Schema.String.check(uuid).pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

/** A room; made by whoever creates it (UUIDv7). */
export const RoomId = Schema.String.check(uuid).pipe(Schema.brand("RoomId"))
export type RoomId = typeof RoomId.Type

/** A message; made by its author (UUIDv7). */
export const MessageId = Schema.String.check(uuid).pipe(Schema.brand("MessageId"))
export type MessageId = typeof MessageId.Type

/** A command; made by its sender (UUIDv7). Sent again, it is answered again and carried out once. */
export const CommandId = Schema.String.check(uuid).pipe(Schema.brand("CommandId"))
export type CommandId = typeof CommandId.Type

/** Place of an event in its room, gap-free from 1. */
export const Seq = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
export type Seq = number

/** Milliseconds since 1970 by the server's clock; for people to read, never a cursor. */
export const Time = Schema.Int
export type Time = number

/** Where a reader of a room stands: `<epoch>.<seq>`. The epoch is renewed when the server's history was rewound. */
export const Token = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}\.\d{1,15}$/, { message: "must be a resume token: epoch.seq" }),
).pipe(Schema.brand("Token"))
export type Token = typeof Token.Type
