import { Rejected } from "@roomlog/backend"
import { MessageText, PersonName, RoomName } from "@roomlog/schemas"
import { Data, Option, Result, Schema } from "effect"
import { bytesOf } from "./dataUrl.ts"
import { type Mark, markAt } from "./mark.ts"

/** What was said makes no sense in the old protocol, or not now: the acknowledgement is `false`, and no more is said. */
export class Unusable extends Data.TaggedError("Unusable") {}

type No = Unusable | Rejected

export interface JoinWords {
  /** As it was said: whoever is signed in has a name already. */
  readonly username: string
  readonly room: string
  /** What the client has heard of this room, when it wants the rest. */
  readonly since: Mark | undefined
}

export interface SendWords {
  readonly text: string
  readonly image: Uint8Array | undefined
  /** With a key, the same words said again are said once. */
  readonly key: string | undefined
}

/** Reads `{username, room}`, and `since` where it is said; the room is lower-cased and trimmed. */
export const readJoin = (words: unknown): Result.Result<JoinWords, No> => {
  const said = Option.getOrUndefined(asJoin(words))
  if (said === undefined) return unusable
  return Result.map(checked("room", asRoomName(said.room.normalize("NFKC").toLowerCase().trim())), (room) => ({
    username: said.username.trim(),
    room,
    since: sinceIn(words),
  }))
}

/** Reads the name of somebody who is not signed in. */
export const readName = (username: string): Result.Result<string, No> => checked("username", asPersonName(username))

/** Reads `{message}`, `{image}` or both, and `key` where it is said; the image is a data URL. */
export const readSend = (words: unknown): Result.Result<SendWords, No> => {
  const { message, image, key } = Option.getOrElse(asSend(words), () => nothing)
  if (message == null && image == null) return unusable
  return Result.all({
    text: checked("message", asText(message ?? "")),
    image: image == null ? Result.succeed(undefined) : readImage(image),
    key: Result.succeed(key ?? undefined),
  })
}

/** Characters and bytes that are kept of words which were read. */
export const sizeOf = (said: Result.Result<SendWords, No>): number =>
  Result.isSuccess(said) ? said.success.text.length + (said.success.image?.length ?? 0) : 0

/** Reads what a client has heard of the room that it joins first, from its `auth` or, before version 3, its query. */
export const readSince = ({ auth, query }: { readonly auth: unknown; readonly query: unknown }): Mark | undefined =>
  sinceIn(auth) ?? sinceIn(query)

/** Reads the session's token from a client's `auth`. */
export const readToken = (auth: unknown): string | undefined => Option.getOrUndefined(asProof(auth))?.token

interface Said {
  readonly message?: string | null
  readonly image?: string | null
  readonly key?: string | null
}

const nothing: Said = {}
const short = Schema.String.check(Schema.isMaxLength(1_000))
const optional = Schema.optionalKey(Schema.NullOr(Schema.String))
const optionalKey = Schema.optionalKey(
  Schema.NullOr(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(255))),
)
const digits = Schema.String.check(Schema.isPattern(/^\d{1,15}(\.\d{1,4})?$/))
const place = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const asJoin = Schema.decodeUnknownOption(Schema.Struct({ username: short, room: short }))
const asSend = Schema.decodeUnknownOption(Schema.Struct({ message: optional, image: optional, key: optionalKey }))
const asSince = Schema.decodeUnknownOption(Schema.Struct({ since: Schema.Union([place, digits]) }))
const asProof = Schema.decodeUnknownOption(
  Schema.Struct({ token: Schema.String.check(Schema.isPattern(/^[\w-]{20,128}$/)) }),
)
const asPersonName = Schema.decodeUnknownResult(PersonName)
const asRoomName = Schema.decodeUnknownResult(RoomName)
const asText = Schema.decodeUnknownResult(MessageText)

const unusable = Result.fail<No>(new Unusable())

const sinceIn = (words: unknown): Mark | undefined => {
  const said = Option.getOrUndefined(asSince(words))
  return said && markAt(Number(said.since))
}

const readImage = (url: string): Result.Result<Uint8Array, No> => {
  const read = bytesOf(url)
  return "bytes" in read ? Result.succeed(read.bytes) : Result.fail(invalid("image", read.problem))
}

const checked = <A>(field: string, read: Result.Result<A, Schema.SchemaError>): Result.Result<A, No> =>
  Result.mapError(read, ({ message }) => invalid(field, message))

const invalid = (field: string, reason: string): No =>
  new Rejected({ rejection: { _tag: "InvalidInput", field, reason } })
