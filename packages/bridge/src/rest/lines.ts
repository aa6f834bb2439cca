import type { OldRoomView, Said } from "@roomlog/backend"
import { mediaPath, type OldLine, type OldRoom } from "@roomlog/schemas"
import { idOf } from "./ids.ts"

/** A line with the place that its page needs. */
export interface PlacedLine {
  readonly seq: number
  readonly line: number
  readonly shown: OldLine
}

/** What old clients read of a message, newest first: its images from the last, then its text. */
export const linesOf = (room: OldRoomView, said: Said): ReadonlyArray<PlacedLine> => [
  ...said.images.map((image, i) => imageLine(room, said, { key: image.key, line: i + 1 })).reverse(),
  ...(said.text === "" ? [] : [textLine(room, said)]),
]

export const roomOf = ({ name, createdAt, position }: OldRoomView): OldRoom => ({
  id: idOf(position),
  name,
  created_at: iso(createdAt),
})

const textLine = (room: OldRoomView, said: Said): PlacedLine => ({
  seq: said.seq,
  line: 0,
  shown: { ...common(room, said, 0), content: said.text, image: null, content_type: "text", timestamp: iso(said.at) },
})

const imageLine = (
  room: OldRoomView,
  said: Said,
  { key, line }: { readonly key: string; readonly line: number },
): PlacedLine => ({
  seq: said.seq,
  line,
  shown: {
    ...common(room, said, line),
    content: null,
    image: mediaPath(key),
    content_type: "image",
    timestamp: iso(said.at),
  },
})

const common = (room: OldRoomView, said: Said, line: number) => ({
  id: idOf(said.position, line),
  room: idOf(room.position),
  username: said.name,
})

const iso = (at: number): string => new Date(at).toISOString()
