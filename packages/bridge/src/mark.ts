import type { Seq } from "@roomlog/schemas"

/** How far a client has heard: everything up to `seq`, and so many lines of the message after it. */
export interface Mark {
  readonly seq: Seq
  readonly lines: number
}

/** A message has at most a text and ten images. Sixteenths are exact in JSON and in every language. */
const linesOfOne = 16

/** The mark that a client keeps as one number: 7 when it has heard 7, 6.0625 after the first of several lines of 7. */
export const numberOf = ({ seq, lines }: Mark): number => seq + lines / linesOfOne

/** The mark behind a number that a client kept. */
export const markAt = (kept: number): Mark => {
  const seq = Math.floor(kept)
  return { seq, lines: Math.floor((kept - seq) * linesOfOne) }
}
