import type { Position } from "@roomlog/backend"

/** Partitions of a log at most, and lines of a message: a text and ten images. */
const mostParts = 256
const mostLines = 16

/** Where a line stands: its event in the log, and which line of the message it is (0 the text, from 1 the images). */
export interface Place extends Position {
  readonly line: number
}

/** The number that old clients call a line or a room by. Computed and never stored; in a room newer lines have larger ones. */
export const idOf = ({ pos, part }: Position, line = 0): number => (pos * mostParts + part) * mostLines + line

/** The place behind a number; any whole number from 0 on has one, though there may be nothing. */
export const placeOf = (id: number): Place => {
  const event = Math.floor(id / mostLines)
  return { pos: Math.floor(event / mostParts), part: event % mostParts, line: id % mostLines }
}
