import type { Pending } from "@roomlog/client"
import type { MessageId, MessageView, NoticeView, RoomId, Seq, TimelineItem, UserId } from "@roomlog/schemas"
import { describe, expect, test } from "vitest"
import { sentence } from "./notices.ts"
import { isSameRow, type Reading, type Row, rowsOf } from "./rows.ts"

const room = "room" as RoomId
const ann = "ann" as UserId
const bo = "bo" as UserId
const noon = new Date(2026, 10, 20, 12).getTime()
const minute = 60_000

const message = (seq: Seq, by: UserId, at = noon, more: Partial<MessageView> = {}): MessageView => ({
  _tag: "Message",
  room,
  id: `m${seq}` as MessageId,
  seq,
  at,
  by,
  text: `text ${seq}`,
  images: [],
  replyTo: null,
  editedAt: null,
  removed: null,
  reactions: [],
  revision: seq,
  ...more,
})
const notice = (seq: Seq, event: NoticeView["event"], at = noon): NoticeView => ({
  _tag: "Notice",
  room,
  seq,
  at,
  by: ann,
  event,
})
const joined = (seq: Seq, user: UserId) => notice(seq, { _tag: "MemberJoined", user, role: "member" })
const left = (seq: Seq, user: UserId) => notice(seq, { _tag: "MemberLeft", user, role: "member" })
const read = (items: ReadonlyArray<TimelineItem>, more: Partial<Reading> = {}): ReadonlyArray<Row> =>
  rowsOf({ room, me: ann, items, pending: [], newAfter: null, ...more })
const look = (rows: ReadonlyArray<Row>) =>
  rows.map((row) => (row.kind === "message" ? (row.first ? "first" : "next") : row.kind))
const pending = (id: string, at: number): Pending => ({
  message: id as MessageId,
  at,
  text: "mine",
  images: [],
  replyTo: null,
  state: "sending",
  problem: null,
})

describe("the rows of a timeline", () => {
  test("group one author within five minutes", () => {
    const items = [
      message(1, ann),
      message(2, ann, noon + 5 * minute),
      message(3, ann, noon + 10 * minute + 1),
      message(4, bo, noon + 11 * minute),
    ]
    expect(look(read(items))).toEqual(["day", "first", "next", "first", "first"])
  })

  test("break a group at a reply, a notice and the divider", () => {
    const reply = message(2, ann, noon, { replyTo: { message: "m1" as MessageId, seq: 1 } })
    expect(look(read([message(1, ann), reply, message(3, ann), joined(4, bo), message(5, ann)]))).toEqual([
      "day",
      "first",
      "first",
      "next",
      "notices",
      "first",
    ])
    expect(look(read([message(1, bo), message(2, bo)], { newAfter: 1 }))).toEqual(["day", "first", "divider", "first"])
  })

  test("put the divider before the first new message of somebody else, and only once", () => {
    const items = [message(1, bo), message(2, ann), message(3, bo), message(4, bo)]
    expect(look(read(items, { newAfter: 1 }))).toEqual(["day", "first", "first", "divider", "first", "next"])
    expect(look(read(items, { newAfter: 4 }))).not.toContain("divider")
  })

  test("begin a day with its name", () => {
    expect(look(read([message(1, ann, noon - 13 * 60 * minute), message(2, ann)]))).toEqual([
      "day",
      "first",
      "day",
      "first",
    ])
  })

  test("fold comings and goings into one line, and nothing else", () => {
    const topic = notice(4, { _tag: "TopicSet", topic: "tides" })
    expect(look(read([joined(1, ann), left(2, bo), joined(3, bo), topic, left(5, bo)]))).toEqual([
      "day",
      "notices",
      "notices",
      "notices",
    ])
  })

  test("keep the key and the look of my message when it settles", () => {
    const before = read([message(1, ann)], { pending: [pending("m2", noon + minute)] }).at(-1)!
    const after = read([message(1, ann), message(2, ann, noon + minute)]).at(-1)!
    expect(before.key).toBe(after.key)
    expect(look([before])).toEqual(look([after]))
  })

  test("never show a message twice when it settled already", () => {
    expect(look(read([message(2, ann)], { pending: [pending("m2", noon)] }))).toEqual(["day", "first"])
  })

  test("are the same rows when nothing changed", () => {
    const items = [message(1, ann), joined(2, bo), left(3, bo), message(4, bo)]
    const sent = [pending("m9", noon)]
    const [a, b] = [read(items, { pending: sent }), read(items, { pending: sent })]
    expect(a.every((row, at) => isSameRow(row, b[at]!))).toBe(true)
    const edited = read([{ ...message(1, ann), text: "other" }, ...items.slice(1)], { pending: sent })
    expect(a.map((row, at) => isSameRow(row, edited[at]!))).toEqual([true, false, true, true, true])
  })
})

describe("a line of notices", () => {
  const nameOf = (user: UserId): string => ({ ann: "Ann", bo: "Bo", cy: "Cy", di: "Di" })[user as string] ?? "Somebody"
  const [cy, di] = ["cy" as UserId, "di" as UserId]

  test("tells each person once", () => {
    expect(sentence([joined(1, ann), left(2, bo), left(3, cy), left(4, di)], nameOf)).toBe(
      "Ann joined, Bo, Cy and Di left",
    )
    expect(sentence([joined(1, bo), left(2, bo), left(3, cy), joined(4, cy)], nameOf)).toBe(
      "Bo came and went, Cy came back",
    )
  })

  test("says what happened to the room", () => {
    expect(sentence([notice(1, { _tag: "RoomCreated", name: "lobby", topic: "", visibility: "public" })], nameOf)).toBe(
      "Ann opened #lobby",
    )
    expect(sentence([notice(1, { _tag: "RoleGiven", user: bo, role: "owner", was: "member" })], nameOf)).toBe(
      "Ann made Bo an owner",
    )
    expect(sentence([notice(1, { _tag: "TopicSet", topic: "" })], nameOf)).toBe("Ann cleared the topic")
  })
})
