import { type CommandOf, type DeliveredEvent, mediaPath, type Signal, type StoredImage } from "@roomlog/schemas"
import { numberOf } from "./mark.ts"

/** The only thing an old client hears, as the event `message`. `message` is plain text, exactly as it was written. */
export interface OldMessage {
  readonly username: string
  /** `""` for an image. */
  readonly message: string
  /** URL path, or null for text. */
  readonly image: string | null
  readonly content_type: "text" | "image"
  /** ISO 8601. */
  readonly timestamp: string
}

/** A stored message, or one of its lines. `seq` is what a client that was away comes back with (`mark.ts`). */
export interface OldPost extends OldMessage {
  readonly seq: number
}

/** What old clients hear of an event: the text, then each image in a line of its own; the last one has the event's seq. Edits, removals and reactions came after their time: they hear nothing of those. */
export const heard = ({ event, name, at, seq }: DeliveredEvent): ReadonlyArray<OldPost> => {
  if (event._tag !== "MessagePosted") return []
  const by = { username: name, timestamp: iso(at) }
  const lines: ReadonlyArray<OldMessage> = [
    ...(event.text === "" ? [] : [{ ...by, message: event.text, image: null, content_type: "text" } as const]),
    ...event.images.map(({ key }) => ({ ...by, message: "", image: mediaPath(key), content_type: "image" }) as const),
  ]
  const isLast = (line: number): boolean => line === lines.length - 1
  return lines.map((line, i) => ({ ...line, seq: isLast(i) ? seq : numberOf({ seq: seq - 1, lines: i + 1 }) }))
}

/** What old clients hear of a signal: who came and who went. */
export const noticed = (signal: Signal, now: number): OldMessage | undefined => {
  if (signal._tag === "CameOnline") return joined(signal.name, now)
  if (signal._tag === "WentOffline") return system(`${signal.name} has left the room`, now)
  return undefined
}

export const joined = (name: string, now: number): OldMessage => system(`${name} has joined the room`, now)

/** A line that Roomlog itself says; told, never stored. */
export const system = (message: string, now: number): OldMessage => ({
  username: "System",
  message,
  image: null,
  content_type: "text",
  timestamp: iso(now),
})

/** What an old client says, as the command of today. */
export const posted = (
  { room, message }: Pick<CommandOf<"PostMessage">, "room" | "message">,
  text: string,
  image: StoredImage | undefined,
): CommandOf<"PostMessage"> => ({
  _tag: "PostMessage",
  room,
  message,
  text,
  images: image ? [{ key: image.key, alt: "" }] : [],
  replyTo: null,
})

/** The room that an old client joins and nobody has made yet: public, without a topic. */
export const created = ({ room, name }: Pick<CommandOf<"CreateRoom">, "room" | "name">): CommandOf<"CreateRoom"> => ({
  _tag: "CreateRoom",
  room,
  name,
  topic: "",
  visibility: "public",
})

const iso = (at: number): string => new Date(at).toISOString()
