import { key } from "../identity/names.ts"

/** A stretch of a text, its `@` included, that means somebody. */
export interface Mention<Who> {
  readonly start: number
  readonly end: number
  readonly who: Who
}

/**
 * Who is mentioned in a text, in order. `whoIs` knows people by `Names.key` of their names; of several names that fit,
 * the longest is meant. Nobody is mentioned inside words, code or links.
 */
export const find = <Who>(text: string, whoIs: (key: string) => Who | undefined): ReadonlyArray<Mention<Who>> => {
  const mentions: Array<Mention<Who>> = []
  for (const { start, names } of places(text)) {
    if (start < (mentions.at(-1)?.end ?? 0)) continue
    const fits = names.flatMap(({ end, key }) => ({ start, end, who: whoIs(key) }))
    const longest = fits.findLast(({ who }) => who !== undefined)
    if (longest?.who !== undefined) mentions.push({ ...longest, who: longest.who })
  }
  return mentions
}

/** Every key that `find` would ask for: for whoever must look names up elsewhere first. */
export const keys = (text: string): ReadonlyArray<string> => [
  ...new Set(places(text).flatMap(({ names }) => names.map(({ key }) => key))),
]

/** An `@`, and every stretch after it that may be a name: shortest first, each key once. */
interface Place {
  readonly start: number
  readonly names: ReadonlyArray<{ readonly end: number; readonly key: string }>
}

const places = (text: string): ReadonlyArray<Place> => {
  if (!text.includes("@")) return []
  const open = text.replace(closed, (part) => "\n".repeat(part.length))
  return [...open.matchAll(beginning)]
    .slice(0, most)
    .map(({ index }) => ({ start: index, names: namesAt(open, index) }))
}

const namesAt = (text: string, start: number): Place["names"] => {
  const ends = new Map<string, number>()
  const line = /^.*/u.exec(text.slice(start + 1, start + 1 + longestName * 8))![0]
  for (const { segment, index } of [...graphemes.segment(line)].slice(0, longestName)) {
    const end = index + segment.length
    const name = key(line.slice(0, end))
    if (name !== "" && !ends.has(name)) ends.set(name, end)
  }
  return [...ends].filter(([, end]) => !isInsideWord(line, end)).map(([key, end]) => ({ key, end: start + 1 + end }))
}

const isInsideWord = (line: string, at: number): boolean =>
  endsInWord.test(line.slice(0, at)) && goesOn.test(line.slice(at))

/** Code blocks, code, links with and without a text of their own: nobody is meant in there. */
const closed =
  /^```[\w+-]*\n[\s\S]*?\n```$|`[^`\n]+`|\[[^[\]\n]+\]\(https?:\/\/[^\s()]+\)|(?<!\w)https?:\/\/[^\s<>"'`]+/gim

/** Letters of scripts that put spaces between words; the others begin and end words anywhere. */
const letter =
  "[[\\p{L}\\p{N}\\p{M}]--[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}]]"
const beginning = new RegExp(`(?<!${letter}|[@\\/])@(?=\\S)`, "gv")
const endsInWord = new RegExp(`${letter}$`, "v")
/** A dot, a dash or an underline between two letters stands inside a word too. */
const goesOn = new RegExp(`^[._\\-]?${letter}`, "v")

const graphemes = new Intl.Segmenter("en")
/** Graphemes of a name as somebody may write it. */
const longestName = 40
/** Places of one text that are looked at. */
const most = 50
