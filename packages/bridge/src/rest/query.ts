import { limits } from "@roomlog/schemas/limits"
import { Result } from "effect"
import { type Answer, invalidPage, problems } from "./answers.ts"

const usual = 20

/** Which page of a list: by number, or before a line. */
export interface Wanted {
  readonly size: number
  readonly page: number | "last"
  readonly before: number | undefined
}

/** Reads `page`, `page_size` and `before` as Django REST framework does: a size that is none is the usual one, a page that is none is a 404. */
export const readPage = (query: URLSearchParams): Result.Result<Wanted, Answer> =>
  Result.map(readBefore(query), (before) => ({ before, size: sizeOf(last(query, "page_size")) })).pipe(
    Result.flatMap((rest): Result.Result<Wanted, Answer> => {
      const page = pageOf(last(query, "page") || "1")
      return page === undefined ? Result.fail(invalidPage) : Result.succeed({ ...rest, page })
    }),
  )

/** Reads `before`: the id of a line or a room. */
export const readBefore = (query: URLSearchParams): Result.Result<number | undefined, Answer> => {
  const text = last(query, "before")
  if (text === undefined) return Result.succeed(undefined)
  const id = wholeNumber(text)
  return id === undefined ? Result.fail(problems({ before: ["A valid integer is required."] })) : Result.succeed(id)
}

/** The same address with some parameters changed or, if undefined, left out; in the order of their names. */
export const linkTo = (address: URL, changes: Readonly<Record<string, string | undefined>>): string => {
  const link = new URL(address)
  for (const [name, value] of Object.entries(changes)) {
    link.searchParams.delete(name)
    if (value !== undefined) link.searchParams.set(name, value)
  }
  link.searchParams.sort()
  return link.href
}

const last = (query: URLSearchParams, name: string): string | undefined => query.getAll(name).at(-1)

const pageOf = (text: string): Wanted["page"] | undefined => {
  if (text === "last") return text
  const page = wholeNumber(text)
  return page === undefined || page < 1 ? undefined : page
}

const sizeOf = (text: string | undefined): number => {
  const size = wholeNumber(text ?? "")
  return size === undefined || size < 1 ? usual : Math.min(size, limits.page)
}

/** Digits, as Python reads them with spaces around. */
const wholeNumber = (text: string): number | undefined => {
  const number = /^\s*\+?\d{1,30}\s*$/.test(text) ? Number(text) : Number.NaN
  return Number.isNaN(number) ? undefined : Math.min(number, Number.MAX_SAFE_INTEGER)
}
