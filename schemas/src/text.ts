import { Schema } from "effect"

let segmenter: Intl.Segmenter | undefined
const utf8 = new TextEncoder()
// Controls but tab and line feed; bidirectional overrides and isolates; zero-width characters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the point
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u

/** Emoji may be joined by a zero-width character; letters may not. */
const emoji = /\p{RGI_Emoji}/gv

/** Grapheme clusters in a text, counted no further than `most + 1`. */
export const countGraphemes = (text: string, most = Number.POSITIVE_INFINITY): number => {
  if (text.length <= 1) return text.length
  let count = 0
  // Made when it is needed first: that takes 50 ms, and almost every text is short enough anyway.
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })
  for (const _ of segmenter.segment(text)) if (++count > most) break
  return count
}

/** Text that the database can hold: no NUL and no lone surrogate. */
export const storable = Schema.makeFilter((text: string) =>
  text.includes("\u0000")
    ? "must not contain the NUL character"
    : text.isWellFormed() || "must not contain half of a surrogate pair",
)

/** At most so many grapheme clusters. */
export const atMost = (most: number) =>
  Schema.makeFilter(
    (text: string) =>
      text.length <= most || countGraphemes(text, most) <= most || `must have at most ${most} characters`,
  )

/** At most so many UTF-8 bytes. */
export const atMostBytes = (most: number) =>
  Schema.makeFilter(
    (text: string) => text.length * 3 <= most || utf8.encode(text).length <= most || `must have at most ${most} bytes`,
  )

/** Something that can be seen. */
export const notBlank = Schema.makeFilter((text: string) => text.trim() !== "" || "must not be blank")

/** One line without control, bidirectional or zero-width characters. */
export const oneLine = Schema.makeFilter(
  (text: string) =>
    !invisible.test(text.replace(emoji, "")) || "must not contain control, direction or invisible characters",
)
