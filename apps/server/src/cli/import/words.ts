import { Names } from "@roomlog/domain"
import { countGraphemes, limits, PersonName, RoomName } from "@roomlog/schemas"
import { Schema } from "effect"

/** A name of the old application as it is shown here. */
export interface Adapted {
  readonly name: string
  /** Whether it had to be changed. */
  readonly isChanged: boolean
}

/** A time of the old application. */
export interface OldTime {
  /** Milliseconds since 1970. */
  readonly at: number
  /** All that is known of it, in UTC: the same for the same moment in every database. */
  readonly exact: string
}

/** Reads `2025-08-25 15:10:12.123456`, also with T, Z or an offset; without one it is UTC. */
export const readTime = (text: string | null): OldTime | undefined => {
  const [, day, minute, second = "00", fraction = "", zone = "Z"] = time.exec(text ?? "") ?? []
  if (day === undefined) return undefined
  const offset = zone.replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours, minutes = "00") => `${hours}:${minutes}`)
  const whole = Date.parse(`${day}T${minute}:${second}${offset}`)
  if (Number.isNaN(whole)) return undefined
  const micros = fraction.padEnd(6, "0").slice(0, 6)
  return { at: whole + Number(micros.slice(0, 3)), exact: new Date(whole).toISOString().replace(/000Z$/, micros) }
}

/** How somebody is shown who was called so. Names that nobody may have today end in "(old)", or in what tells them apart. */
export const personName = (old: string, mark = "old"): Adapted => {
  const name = Names.canonical(old)
  if (isPersonName(name) && !Names.isReserved(name)) return { name, isChanged: false }
  const seen = Names.canonical(withoutUnseen(old)) || "nameless"
  return { name: `${start(seen, limits.nameGraphemes - mark.length - 3)} (${mark})`, isChanged: true }
}

/** How a room is called here: in lower case, without what an address cannot have. */
export const roomName = (old: string, id: string): Adapted => {
  const seen = withoutUnseen(old)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[/\\?#]/g, "-")
    .trim()
  const name = [start(seen, limits.roomNameGraphemes), `room ${id}`.toLowerCase(), "room"].find(isRoomName)!
  return { name, isChanged: name !== old }
}

/** The first free variation of a room's name: "lobby 2", "lobby 3", ... */
export const freeName = (name: string, isTaken: (name: string) => boolean): string => {
  const stem = start(name, limits.roomNameGraphemes - 6)
  for (let n = 2; ; n++) if (!isTaken(`${stem} ${n}`)) return `${stem} ${n}`
}

/** A text in parts that fit into a message each, cut at the end of a line or a word where there is one; no part is blank. */
export const partsOf = (old: string): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let rest = storable(old)
  while (!fits(rest)) {
    const part = beginning(rest)
    parts.push(part)
    rest = rest.slice(part.length)
  }
  return [...parts, rest].filter((part) => part.trim() !== "")
}

const time = /^\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?\s*$/

const isPersonName = Schema.is(PersonName)
const isRoomName = Schema.is(RoomName)

/** Without control, direction and invisible characters, and halves of characters. */
const withoutUnseen = (text: string): string => text.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u{fffd}]+/gu, "")

/** What the database can hold. */
const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "\u{fffd}")

const fits = (text: string): boolean =>
  Buffer.byteLength(text) <= limits.textBytes &&
  (text.length <= limits.textGraphemes || countGraphemes(text, limits.textGraphemes) <= limits.textGraphemes)

const beginning = (text: string): string => {
  const most = whatFits(text)
  const end = Math.max(most.lastIndexOf("\n"), most.lastIndexOf(" ")) + 1
  return end > most.length / 2 ? most.slice(0, end) : most
}

/** The longest beginning that fits; a single character that does not is cut between its code points. */
const whatFits = (text: string): string => {
  let [bytes, count, end] = [0, 0, 0]
  for (const { segment } of graphemes.segment(text.slice(0, limits.textBytes))) {
    bytes += Buffer.byteLength(segment)
    count += 1
    if (bytes > limits.textBytes || count > limits.textGraphemes) break
    end += segment.length
  }
  return end > 0 ? text.slice(0, end) : Array.from(text.slice(0, 4_000)).slice(0, 2_000).join("")
}

const start = (text: string, most: number): string =>
  Array.from(graphemes.segment(text.slice(0, 2_000)), ({ segment }) => segment)
    .slice(0, most)
    .join("")
    .trim()

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" })
