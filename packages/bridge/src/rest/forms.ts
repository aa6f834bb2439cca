import { Result } from "effect"
import { type Answer, detail, problems } from "./answers.ts"
import { parts } from "./multipart.ts"

/** A file of a multipart form. What its sender calls its type is not believed. */
export interface File {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What was sent, by field: texts of forms, any JSON, files. */
export type Fields = ReadonlyMap<string, unknown>

export const isFile = (value: unknown): value is File =>
  typeof value === "object" && value !== null && "bytes" in value && value.bytes instanceof Uint8Array

/** What the old routes read. */
export const readable = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]

/** The media type without its parameters, in small letters. */
export const typeOf = (contentType: string): string => contentType.split(";", 1)[0]!.trim().toLowerCase()

/** The fields of a body, or why it cannot be read. Of a field that was sent twice the last counts. */
export const fieldsOf = (contentType: string, body: Buffer): Result.Result<Fields, Answer> => {
  const type = typeOf(contentType)
  if (body.length === 0 && type !== "multipart/form-data") return Result.succeed(new Map())
  if (!readable.includes(type) || !isUtf8(contentType)) return Result.fail(unsupported(contentType))
  if (type === "application/json") return json(body)
  return type === "multipart/form-data" ? multipart(contentType, body) : Result.succeed(urlencoded(body))
}

export const unsupported = (contentType: string): Answer =>
  detail(415, `Unsupported media type "${contentType.slice(0, 200)}" in request.`)

const isUtf8 = (contentType: string): boolean => {
  const [, charset = "utf-8"] = /;\s*charset="?([^";\s]+)"?/i.exec(contentType) ?? []
  return ["utf-8", "utf8", "us-ascii", "ascii"].includes(charset.toLowerCase())
}

const urlencoded = (body: Buffer): Fields => new Map(new URLSearchParams(body.toString("utf8")))

const utf8 = new TextDecoder("utf-8", { fatal: true })

const json = (body: Buffer): Result.Result<Fields, Answer> =>
  Result.try({ try: () => utf8.decode(body), catch: () => notJson("the body is not UTF-8") }).pipe(
    Result.flatMap((text) =>
      Result.try({ try: (): unknown => JSON.parse(text), catch: () => notJson("the body is not JSON") }),
    ),
    Result.flatMap((value) =>
      kindOf(value) === "dict"
        ? Result.succeed(new Map(Object.entries(value as object)))
        : Result.fail(noFields(value)),
    ),
  )

const notJson = (why: string): Answer => detail(400, `JSON parse error - ${why}.`)

const noFields = (value: unknown): Answer =>
  problems({
    non_field_errors: [
      value === null ? "No data provided" : `Invalid data. Expected a dictionary, but got ${kindOf(value)}.`,
    ],
  })

/** What Python calls a value of JSON. */
const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return "list"
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float"
  if (typeof value === "object" && value !== null) return "dict"
  return typeof value === "boolean" ? "bool" : "str"
}

const multipart = (contentType: string, body: Buffer): Result.Result<Fields, Answer> => {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,200})"|([^";\s]{1,200}))/i.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (boundary === undefined) return Result.fail(notForm("Invalid boundary in multipart: None"))
  return parts(body, boundary).pipe(
    Result.mapError(notForm),
    Result.map(
      (all) =>
        new Map(
          all.map(({ name, fileName, bytes }) => [
            name,
            fileName === undefined ? bytes.toString("utf8") : { name: fileName, bytes },
          ]),
        ),
    ),
  )
}

const notForm = (why: string): Answer => detail(400, `Multipart form parse error - ${why}`)
