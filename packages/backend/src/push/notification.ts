import type { MessageView, PushNotification } from "@roomlog/schemas"

/** What somebody is to be shown of a room: the newest message, and how many there are with it. */
export interface Said {
  readonly roomName: string
  readonly author: string
  readonly message: Pick<MessageView, "room" | "seq" | "text" | "images">
  readonly count: number
}

/** The notification of a room. A room has one at a time: the tag says so. Never over 4,000 bytes as JSON. */
export const notificationOf = ({ roomName, author, message, count }: Said): PushNotification => {
  const { room, seq } = message
  const name = cut(roomName, 64, 256)
  const who = cut(author, 32, 128)
  const words = gist(message)
  const about =
    count === 1
      ? { title: `${who} in ${name}`, body: words }
      : { title: `${name}: ${count} new messages`, body: `${who}: ${words}` }
  return { ...about, tag: `room:${room}`, url: pathTo(roomName, seq), room, seq }
}

const gist = ({ text, images }: Said["message"]): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would take six bytes each
  const words = text.replace(/[\s\u0000-\u001f\u007f]+/gu, " ").trim()
  if (words !== "") return cut(words, 140, 800)
  return images.length > 1 ? `${images.length} images` : "An image"
}

/** As the web client writes addresses; the entrance where the name is too long for a notification. */
const pathTo = (roomName: string, seq: number): string => {
  const path = `/chat/${encodeURIComponent(roomName)}/@${seq}`
  return path.length <= 1_200 ? path : "/"
}

const graphemes = new Intl.Segmenter("en")

/** At most so many characters and bytes, with an ellipsis where something is missing. */
const cut = (text: string, characters: number, bytes: number): string => {
  let kept = ""
  let count = 0
  for (const { segment } of graphemes.segment(text.slice(0, bytes + 1))) {
    if (++count > characters || Buffer.byteLength(kept + segment) > bytes) return `${kept.trimEnd()}…`
    kept += segment
  }
  return kept.length < text.length ? `${kept}…` : kept
}
