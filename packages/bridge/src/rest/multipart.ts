import { Result } from "effect"

/** One part of a multipart form; its bytes are a view of the body. */
export interface Part {
  readonly name: string
  /** Undefined when it is no file. */
  readonly fileName: string | undefined
  readonly bytes: Buffer
}

/** Parts of a form at most, and bytes of the headers of one. */
const mostParts = 100
const mostHeaders = 16 * 1024

/** Takes a multipart form apart (RFC 7578), or says where it is broken. Linear in the body, and copies nothing. */
export const parts = (body: Buffer, boundary: string): Result.Result<ReadonlyArray<Part>, string> => {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  const found: Array<Part> = []
  let at = begin(body, delimiter)
  if (at < 0) return Result.fail("the boundary is not in the body.")
  while (body.toString("latin1", at, at + 2) !== "--") {
    if (found.length >= mostParts) return Result.fail(`there are more than ${mostParts} fields.`)
    const start = afterLine(body, at)
    const headersEnd = start < 0 ? -1 : body.subarray(start, start + mostHeaders).indexOf("\r\n\r\n")
    if (headersEnd < 0) return Result.fail("the headers of a field do not end.")
    const from = start + headersEnd + 4
    const end = body.indexOf(delimiter, from - 2)
    if (end < 0) return Result.fail("the form is cut off.")
    const part = partOf(body.toString("utf8", start, from), body.subarray(from, Math.max(from, end)))
    if (part === undefined) return Result.fail("a field has no name.")
    // A file field in which nothing was chosen.
    if (part.fileName !== "") found.push(part)
    at = end + delimiter.length
  }
  return Result.succeed(found)
}

/** Behind the first delimiter, before which there may be words for nobody. */
const begin = (body: Buffer, delimiter: Buffer): number => {
  if (body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2))) return delimiter.length - 2
  const at = body.indexOf(delimiter)
  return at < 0 ? -1 : at + delimiter.length
}

/** The begin of the next line, if nothing but spaces is left of this one. */
const afterLine = (body: Buffer, start: number): number => {
  let at = start
  while (body[at] === 0x20 || body[at] === 0x09) at++
  return body[at] === 0x0d && body[at + 1] === 0x0a ? at + 2 : -1
}

const partOf = (headers: string, bytes: Buffer): Part | undefined => {
  const disposition = /^content-disposition:\s*form-data\s*((?:;.*)?)$/im.exec(headers)?.[1] ?? ""
  const name = parameter(disposition, "name")
  return name === undefined ? undefined : { name, fileName: parameter(disposition, "filename"), bytes }
}

const parameter = (disposition: string, name: string): string | undefined => {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, "i").exec(disposition)
  return found?.[1]?.replaceAll(/\\(.)/g, "$1") ?? found?.[2]
}
