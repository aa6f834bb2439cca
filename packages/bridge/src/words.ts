import { Rejected } from "@roomlog/backend"
import { MessageText, PersonName, RoomName, Seq } from "@roomlog/schemas"
import { Data, Option, Result, Schema } from "effect"
import { bytesOf } from "./dataUrl.ts"

/** What was said makes no sense in the old protocol, or not now: the acknowledgement is `false`, and no more is said. */
export class Unusable extends Data.TaggedError("Unusable") {}

type No = Unusable | Rejected

export interface JoinWords {
  readonly username: string
  readonly room: string
}

export interface SendWords {
  readonly text: string
  readonly image: Uint8Array | undefined
}

/** Reads `{username, room}`; the room is lower-cased and trimmed. */
export const readJoin = (words: unknown): Result.Result<JoinWords, No> => {
  const said = Option.getOrUndefined(asJoin(words))
  if (said === undefined) return unusable
  return Result.all({
    username: checked("username", asPersonName(said.username.trim())),
    room: checked("room", asRoomName(said.room.normalize("NFKC").toLowerCase().trim())),
  })
}

/** Reads `{message}`, `{image}` or both; the image is a data URL. */
export const readSend = (words: unknown): Result.Result<SendWords, No> => {
  const { message, image } = Option.getOrElse(asSend(words), () => nothing)
  if (message == null && image == null) return unusable
  return Result.all({
    text: checked("message", asText(message ?? "")),
    image: image == null ? Result.succeed(undefined) : readImage(image),
  })
}

/** Reads the seq up to which a client has heard everything, from its `auth` or, before version 3, its query. */
export const readSince = ({ auth, query }: { readonly auth: unknown; readonly query: unknown }): Seq | undefined =>
  [auth, query].flatMap((words) => Option.toArray(asSince(words)).map(({ since }) => Number(since)))[0]

/** Characters in the strings of what was said. */
export const sizeOf = (words: unknown): number =>
  Object.values(Object(words)).reduce<number>((sum, word) => sum + (typeof word === "string" ? word.length : 0), 0)

interface Said {
  readonly message?: string | null
  readonly image?: string | null
}

const nothing: Said = {}
const short = Schema.String.check(Schema.isMaxLength(1_000))
const optional = Schema.optionalKey(Schema.NullOr(Schema.String))
const digits = Schema.String.check(Schema.isPattern(/^\d{1,15}$/))
const asJoin = Schema.decodeUnknownOption(Schema.Struct({ username: short, room: short }))
const asSend = Schema.decodeUnknownOption(Schema.Struct({ message: optional, image: optional }))
const asSince = Schema.decodeUnknownOption(Schema.Struct({ since: Schema.Union([Seq, digits]) }))
const asPersonName = Schema.decodeUnknownResult(PersonName)
const asRoomName = Schema.decodeUnknownResult(RoomName)
const asText = Schema.decodeUnknownResult(MessageText)

const unusable = Result.fail<No>(new Unusable())

const readImage = (url: string): Result.Result<Uint8Array, No> => {
  const read = bytesOf(url)
  return "bytes" in read ? Result.succeed(read.bytes) : Result.fail(invalid("image", read.problem))
}

const checked = <A>(field: string, read: Result.Result<A, Schema.SchemaError>): Result.Result<A, No> =>
  Result.mapError(read, ({ message }) => invalid(field, message))

const invalid = (field: string, reason: string): No =>
  new Rejected({ rejection: { _tag: "InvalidInput", field, reason } })
