import type {
  Image,
  MediaKey,
  MessageId,
  MessageView,
  NoticeView,
  Profile,
  RoomId,
  RoomSummary,
  Seq,
  TimelineItem,
  UserId,
} from "@roomlog/schemas"

const uuid = (kind: number, n: number): string => `0000000${kind}-0000-7000-8000-${String(n).padStart(12, "0")}`
export const userId = (n: number): UserId => uuid(1, n) as UserId
export const roomId = (n: number): RoomId => uuid(2, n) as RoomId
export const messageId = (n: number): MessageId => uuid(3, n) as MessageId

const person = (n: number, name: string): Profile => ({ id: userId(n), name })
export const mara = person(1, "Mara Keller")
export const ines = person(2, "Ines Okafor")
export const tomas = person(3, "Tomás Reyes")
export const bram = person(4, "Bram Lund")
export const jun = person(5, "Jun Park")
export const camera = person(6, "quay-cam")
export const everybody = [mara, ines, tomas, bram, jun, camera]

/** This morning at some minute after midnight, local time. */
export const today = (hours: number, minutes: number): number => new Date(2026, 10, 20, hours, minutes).getTime()

const summary = (n: number, name: string, more: Partial<RoomSummary> = {}): RoomSummary => ({
  room: roomId(n),
  name,
  topic: "",
  visibility: "public",
  createdAt: today(0, 0) - 40 * 86_400_000,
  members: 6,
  role: "member",
  head: 0,
  readUpTo: 0,
  unread: 0,
  ...more,
})
export const rooms = (): ReadonlyArray<RoomSummary> => [
  summary(1, "harbour", { topic: "Berths, tides and who is bringing the ladder", role: "owner" }),
  summary(2, "launch-week", { unread: 2, topic: "Everything that must be ready by Friday" }),
  summary(3, "kitchen-sink", { unread: 14 }),
  summary(4, "design"),
  summary(5, "incidents", { topic: "What broke and what we learned" }),
  summary(6, "hiring", { visibility: "private", role: "owner" }),
  summary(7, "weekend-boats", { role: null }),
]

export const picture = (n: number, width: number, height: number, alt: string): Image => ({
  key: `img_1763600000_${String(n).padStart(32, "0")}.png` as MediaKey,
  type: "image/png",
  width,
  height,
  bytes: 240_000,
  alt,
  placeholder: dusk,
})

/** What stands behind every picture until it has come. */
const dusk =
  "data:image/webp;base64,UklGRjoAAABXRUJQVlA4IC4AAACwAQCdASoQAAoABUB8JagCdAEOs59AAP6O5scf+csKLUH825FLN+R2ELOUAAAA"

const message = (
  room: RoomId,
  seq: Seq,
  by: Profile,
  at: number,
  text: string,
  more: Partial<MessageView> = {},
): MessageView => ({
  _tag: "Message",
  room,
  id: messageId(seq),
  seq,
  at,
  by: by.id,
  text,
  images: [],
  replyTo: null,
  editedAt: null,
  removed: null,
  reactions: [],
  revision: seq,
  ...more,
})
const notice = (room: RoomId, seq: Seq, by: Profile, at: number, event: NoticeView["event"]): NoticeView => ({
  _tag: "Notice",
  room,
  seq,
  at,
  by: by.id,
  event,
})

/** A morning in #harbour after a long and dull night: `length` items, the last of them told by hand. */
export const harbour = (length = 420): ReadonlyArray<TimelineItem> => {
  const room = roomId(1)
  const night = Array.from({ length: length - 16 }, (_, n): TimelineItem => {
    const by = everybody[Math.floor(n / 3) % 5]!
    return message(room, n + 1, by, today(9, 0) - (length - n) * 240_000, lines[(n * 7) % lines.length]!)
  })
  const s = length - 15
  const joined = (seq: Seq, who: Profile, at: number) =>
    notice(room, seq, who, at, { _tag: "MemberJoined", user: who.id, role: "member" })
  const left = (seq: Seq, who: Profile, at: number) =>
    notice(room, seq, who, at, { _tag: "MemberLeft", user: who.id, role: "member" })
  return [
    ...night,
    message(
      room,
      s,
      ines,
      today(9, 12),
      "Surveyor was here at eight. Two photos from the east quay, the crack under bollard 7 is longer than in May.",
      {
        images: [picture(1, 1380, 900, "The east quay at low tide"), picture(2, 900, 900, "A crack under bollard 7")],
        reactions: [
          { emoji: "👀", count: 3 },
          { emoji: "📏", count: 1 },
        ],
      },
    ),
    message(
      room,
      s + 1,
      ines,
      today(9, 13),
      "Tide gauge says `+0.42 m` at the time, so the waterline in the *first* one is honest.",
    ),
    joined(s + 2, tomas, today(9, 14)),
    left(s + 3, bram, today(9, 15)),
    left(s + 4, jun, today(9, 16)),
    left(s + 5, camera, today(9, 17)),
    message(
      room,
      s + 6,
      tomas,
      today(9, 20),
      "I can bring the ladder at eleven. Report from May is here: [surveys/2026-05](https://harbour.example/surveys/2026-05)",
      {
        replyTo: { message: messageId(s), seq: s },
        editedAt: today(9, 22),
      },
    ),
    message(room, s + 7, tomas, today(9, 21), "To bring:\n- ladder, the **long** one\n- two fenders\n- coffee"),
    message(room, s + 8, jun, today(9, 24), "", { removed: { by: jun.id, at: today(9, 25) } }),
    message(
      room,
      s + 9,
      mara,
      today(9, 26),
      "> the crack is longer than in May\nBy how much? The insurer will ask for a number.",
    ),
    message(room, s + 10, ines, today(9, 28), "Eleven centimetres:\n```\nmay       42 cm\nnovember  53 cm\n```"),
    notice(room, s + 11, mara, today(9, 30), {
      _tag: "TopicSet",
      topic: "Berths, tides and who is bringing the ladder",
    }),
    message(
      room,
      s + 12,
      bram,
      today(9, 33),
      "@Mara Keller could you ask the insurer whether a survey from a drone counts? Last year they wanted a person on a boat.",
      {
        reactions: [{ emoji: "🚤", count: 2 }],
      },
    ),
    message(room, s + 13, bram, today(9, 34), "The crane is free until noon, by the way."),
    message(room, s + 14, tomas, today(9, 36), "👍"),
    message(room, s + 15, ines, today(9, 38), "Weather holds until two, then *rain*. Let us be done by then."),
  ]
}

const lines = [
  "Berth 12 is free from Monday.",
  "Who has the key to the fuel shed? It is not on its hook.",
  "The gauge reads fine again, it was the connector after all. I cleaned it and put some grease on, should hold over winter.",
  "On it.",
  "Low water at 04:10, 0.3 below chart.",
  "Somebody left the lamp on the west mole burning all day.",
  "I will be ten minutes late.",
  "Thanks!",
  "We need a second person for the buoy tomorrow. It takes about two hours and there is soup afterwards.",
  "The ferry wants to know whether the ramp is passable at spring tide. Last time they scraped it, and the paint is still there to prove it, so I would rather say no.",
  "No objections from me.",
]
