import { countGraphemes, limits, MessageText, PersonName, RoomName } from "@roomlog/schemas"
import { Result, Schema } from "effect"
import type { Problems } from "./answers.ts"
import { type Fields, type File, isFile } from "./forms.ts"

/** A value, or what is wrong with it in sentences. */
export type Read<A> = Result.Result<A, string>

/** Reads several fields, and says what is wrong with each of them. */
export const readAll = <A extends Readonly<Record<string, Read<unknown>>>>(
  fields: A,
): Result.Result<{ readonly [Key in keyof A]: Result.Result.Success<A[Key]> }, Problems> => {
  const problems = Object.entries(fields).flatMap(([name, read]) =>
    Result.isFailure(read) ? [[name, [read.failure]] as const] : [],
  )
  if (problems.length > 0) return Result.fail(Object.fromEntries(problems))
  const values = Object.entries(fields).map(([name, read]) => [name, Result.getOrThrow(read)])
  return Result.succeed(Object.fromEntries(values))
}

/** Who speaks. */
export const username = (fields: Fields): Read<string> =>
  required(fields.get("username")).pipe(
    Result.flatMap(atMost(limits.nameGraphemes)),
    Result.map((name) => name.normalize("NFKC").replace(/\s+/gu, " ").trim()),
    Result.flatMap(checked(asPersonName)),
  )

/** A room's name, in small letters. */
export const roomName =
  (name: string) =>
  (fields: Fields): Read<typeof RoomName.Type> =>
    required(fields.get(name)).pipe(
      Result.map(canonicalRoom),
      Result.flatMap(atMost(limits.roomNameGraphemes)),
      Result.flatMap(checked(asRoomName)),
    )

export const canonicalRoom = (name: string): string => name.normalize("NFKC").toLowerCase().trim()

/** What is said; empty when nothing is. */
export const content = (fields: Fields): Read<string> => {
  const value = fields.get("content")
  if (value == null || (typeof value === "string" && value.trim() === "")) return Result.succeed("")
  return required(value).pipe(Result.flatMap(atMost(limits.textGraphemes)), Result.flatMap(checked(asText)))
}

/** What is wrong when there is neither a text nor a file, each of which may be left out. */
export const nothingSaid = (fields: Fields): Problems => {
  if (fields.get("content_type") === "image") return { image: ["No file was submitted."] }
  const isMissing = fields.get("content") == null
  return { content: [isMissing ? "This field is required." : "This field may not be blank."] }
}

/** The kind of what is said, which follows from what is there; only nonsense is refused. */
export const contentType = (fields: Fields): Read<string> => {
  const value = fields.get("content_type")
  if (value === undefined) return Result.succeed("text")
  if (value === null) return no("This field may not be null.")
  return value === "text" || value === "image"
    ? Result.succeed(value)
    : no(
        `"${typeof value === "string" || typeof value === "number" ? short(String(value)) : typeof value}" is not a valid choice.`,
      )
}

/** The file of an image. */
export const image = (fields: Fields): Read<File | undefined> => {
  const value = fields.get("image")
  if (value == null || value === "") return Result.succeed(undefined)
  if (!isFile(value)) return no("The submitted data was not a file. Check the encoding type on the form.")
  if (value.name.length > mostFileName)
    return no(`Ensure this filename has at most ${mostFileName} characters (it has ${value.name.length}).`)
  return value.bytes.length === 0 ? no("The submitted file is empty.") : Result.succeed(value)
}

/** A token of a phone. */
export const token = (fields: Fields): Read<string> =>
  required(fields.get("token")).pipe(Result.flatMap(atMost(mostToken)))

const mostFileName = 100
const mostToken = 4_096

const asPersonName = Schema.decodeUnknownResult(PersonName)
const asRoomName = Schema.decodeUnknownResult(RoomName)
const asText = Schema.decodeUnknownResult(MessageText)

const no = (why: string) => Result.fail(why)

/** A text with something in it, without the spaces around; numbers count as text. */
const required = (value: unknown): Read<string> => {
  if (value === undefined) return no("This field is required.")
  if (value === null) return no("This field may not be null.")
  if (typeof value !== "string" && typeof value !== "number") return no("Not a valid string.")
  const text = String(value).trim()
  if (text === "") return no("This field may not be blank.")
  if (text.includes("\u0000")) return no("Null characters are not allowed.")
  const half = /\p{Surrogate}/u.exec(text)?.[0]
  if (half === undefined) return Result.succeed(text)
  return no(`Surrogate characters are not allowed: U+${half.charCodeAt(0).toString(16).toUpperCase()}.`)
}

const atMost =
  (most: number) =>
  (text: string): Read<string> =>
    text.length > most && countGraphemes(text, most) > most
      ? no(`Ensure this field has no more than ${most} characters.`)
      : Result.succeed(text)

/** Our own rules, whose sentences begin with "must". */
const checked =
  <A>(decode: (text: string) => Result.Result<A, Schema.SchemaError>) =>
  (text: string): Read<A> =>
    Result.mapError(decode(text), ({ message }) => `This field ${message}.`)

const short = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text).toWellFormed()
