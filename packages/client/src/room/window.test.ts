import type { DeliveredEvent, HistoryPage, MessageId, RoomId, Token, UserId } from "@roomlog/schemas"
import { describe, expect, test } from "vitest"
import type { Entry } from "../message/entry.ts"
import { expired, stopped, typingHolds, withHere, withSignal } from "./presence.ts"
import {
  hear,
  kept,
  looking,
  opening,
  type Window,
  withMessage,
  withNewer,
  withOlder,
  withOutbox,
  withPage,
  withQuote,
} from "./window.ts"

const room = "00000000-0000-7000-8000-000000000001" as RoomId
const ada = "00000000-0000-7000-8000-00000000000a" as UserId
const bob = "00000000-0000-7000-8000-00000000000b" as UserId
const id = (n: number): MessageId => `00000000-0000-7000-9000-${String(n).padStart(12, "0")}` as MessageId

const event = (seq: number, what: DeliveredEvent["event"], by = bob): DeliveredEvent => ({
  room,
  seq,
  at: seq,
  by,
  name: by === ada ? "Ada" : "Bob",
  command: "" as DeliveredEvent["command"],
  event: what,
})
const posted = (seq: number, by = bob, replyTo: number | null = null): DeliveredEvent =>
  event(
    seq,
    {
      _tag: "MessagePosted",
      message: id(seq),
      text: `text ${seq}`,
      images: [],
      replyTo: replyTo === null ? null : { message: id(replyTo), seq: replyTo },
    },
    by,
  )
const edited = (seq: number, message: number, text = "new"): DeliveredEvent =>
  event(seq, { _tag: "MessageEdited", message: id(message), text })

/** A page of the messages `from` to `to`, when the room's head is `head`. */
const page = (from: number, to: number, head: number, more: Partial<HistoryPage> = {}): HistoryPage => ({
  items: Array.from({ length: to - from + 1 }, (_, n) => hear(ready([]), posted(from + n)).items[0]!),
  upTo: `0000abcd.${head}` as Token,
  hasOlder: from > 1,
  hasNewer: to < head,
  people: [{ id: bob, name: "Bob" }],
  quotes: [],
  mine: [],
  ...more,
})
const ready = (items: Window["items"]): Window => ({ ...opening(room), me: ada, phase: "ready", items })
const open = (from: number, to: number, head: number, more: Partial<HistoryPage> = {}): Window =>
  withPage({ ...opening(room), me: ada }, page(from, to, head, more))
const seqs = ({ items }: Window): ReadonlyArray<number> => items.map(({ seq }) => seq)
const texts = ({ items }: Window): ReadonlyArray<string> =>
  items.map((item) => (item._tag === "Message" ? item.text : item.event._tag))
const range = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n)
const entry = (n: number, seq: number | null): Entry => ({
  room,
  command: "" as Entry["command"],
  pending: { message: id(n), at: 0, text: `text ${n}`, images: [], replyTo: null, state: "sending", problem: null },
  seq,
})

describe("hearing events", () => {
  test("a new message stands at the end, and its author has a name", () => {
    const window = hear(open(1, 2, 2), posted(3, ada))
    expect(seqs(window)).toEqual([1, 2, 3])
    expect(window.upTo).toBe(3)
    expect(window.names.get(ada)).toBe("Ada")
  })

  test("what was heard before changes nothing at all", () => {
    const window = hear(open(1, 2, 2), posted(3))
    expect(hear(window, posted(3))).toBe(window)
    expect(hear(window, posted(1))).toBe(window)
  })

  test("an edit changes its message and leaves the others the same objects", () => {
    const before = open(1, 3, 3)
    const after = hear(before, edited(4, 2))
    expect(texts(after)).toEqual(["text 1", "new", "text 3"])
    expect(after.items[0]).toBe(before.items[0])
    expect(after.items[2]).toBe(before.items[2])
    expect(after.quotes).toBe(before.quotes)
    expect(after.mine).toBe(before.mine)
  })

  test("a removed message keeps nothing of what it said", () => {
    const after = hear(open(1, 1, 1), event(2, { _tag: "MessageRemoved", message: id(1) }))
    expect(JSON.stringify(after.items)).not.toContain("text 1")
  })

  test("a notice is a line of its own", () => {
    const after = hear(open(1, 1, 1), event(2, { _tag: "TopicSet", topic: "tea" }))
    expect(texts(after)).toEqual(["text 1", "TopicSet"])
  })

  test("a page that knew an event already is not changed by it when the feed tells it", () => {
    const known = { ...page(1, 1, 1).items[0]!, text: "newest", revision: 5 }
    const window = withPage({ ...opening(room), me: ada }, page(1, 1, 3, { items: [known], hasNewer: false }))
    expect(texts(hear(window, edited(4, 1, "older")))).toEqual(["newest"])
  })

  test("my reactions follow my events and nobody else's", () => {
    const reacted = (seq: number, by: UserId, what: "Reacted" | "Unreacted") =>
      event(seq, { _tag: what, message: id(1), emoji: "👍" }, by)
    const both = hear(hear(open(1, 1, 1), reacted(2, bob, "Reacted")), reacted(3, ada, "Reacted"))
    expect([...both.mine.get(id(1))!]).toEqual(["👍"])
    expect(both.items[0]).toMatchObject({ reactions: [{ emoji: "👍", count: 2 }] })
    expect([...hear(both, reacted(4, ada, "Unreacted")).mine.get(id(1))!]).toEqual([])
  })

  test("an answered message that is edited changes in the quote too", () => {
    const window = withQuote(open(5, 6, 6), page(2, 2, 6).items[0] as never)
    expect(hear(window, edited(7, 2)).quotes.get(id(2))?.text).toBe("new")
  })
})

describe("a window that is not at the newest end", () => {
  test("lets new messages pass but hears edits", () => {
    const window = hear(hear(open(1, 3, 10), posted(11)), edited(12, 2))
    expect(texts(window)).toEqual(["text 1", "new", "text 3"])
    expect(window).toMatchObject({ hasNewer: true, upTo: 3, live: 12 })
  })

  test("reaches the newest end by a page, with what was posted while the page was under way", () => {
    const behind = hear(open(1, 3, 5), posted(6))
    const window = withNewer(behind, page(4, 5, 5), [posted(6)])
    expect(seqs(window)).toEqual([1, 2, 3, 4, 5, 6])
    expect(window).toMatchObject({ hasNewer: false, upTo: 6 })
    expect(seqs(hear(window, posted(7)))).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test("a page that is ahead of the feed is not doubled by it", () => {
    const window = withNewer(open(1, 3, 5), page(4, 7, 7))
    expect(seqs([posted(6), posted(7), posted(8)].reduce(hear, window))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test("an edit that came while the page was under way is in it", () => {
    const behind = hear(open(4, 6, 6), edited(7, 2))
    expect(texts(withOlder(behind, page(1, 3, 6), [edited(7, 2)]))[1]).toBe("new")
  })
})

describe("a full window", () => {
  const full = (): Window => open(1001, 1000 + kept, 1000 + kept)

  test("forgets its oldest items when new ones come", () => {
    const window = range(1001 + kept, 1100 + kept).reduce((now, seq) => hear(now, posted(seq)), full())
    expect(window.items.length).toBeLessThan(kept + 50)
    expect(window).toMatchObject({ hasOlder: true, hasNewer: false, upTo: 1100 + kept })
    expect(seqs(window)).toEqual(range(seqs(window)[0]!, 1100 + kept))
  })

  test("forgets its newest items when somebody looks at the oldest", () => {
    const window = withOlder(full(), page(901, 1000, 1000 + kept))
    expect(seqs(window)).toEqual(range(901, 900 + kept))
    expect(window).toMatchObject({ hasOlder: true, hasNewer: true, upTo: 900 + kept })
    expect(seqs(hear(window, posted(1001 + kept)))).toEqual(seqs(window))
  })

  test("says that there is more below rather than pull away what is being read above", () => {
    const reading = looking(full(), "older")
    const window = range(1001 + kept, 1100 + kept).reduce((now, seq) => hear(now, posted(seq)), reading)
    expect(seqs(window)[0]).toBe(1001)
    expect(window.hasNewer).toBe(true)
  })
})

describe("what I wrote", () => {
  test("is pending until the window has it, and never both", () => {
    const written = withOutbox(open(1, 2, 2), [entry(3, null)])
    const confirmed = withOutbox(written, [entry(3, 3)])
    expect(confirmed.pending.map(({ message }) => message)).toEqual([id(3)])
    const heard = hear(confirmed, posted(3, ada))
    expect(heard.pending).toEqual([])
    expect(seqs(heard)).toEqual([1, 2, 3])
  })

  test("is not pending any more when the window is elsewhere and the server has it", () => {
    const window = withOutbox(open(1, 2, 9), [entry(10, 10)])
    expect(window.pending).toHaveLength(1)
    expect(hear(window, posted(10, ada)).pending).toEqual([])
  })

  test("keeps the same list when nothing of it changed", () => {
    const before = withOutbox(open(1, 2, 2), [entry(9, null)])
    expect(hear(before, posted(3)).pending).toBe(before.pending)
  })
})

describe("who is here", () => {
  const person = { id: bob, name: "Bob" }
  const typed = { _tag: "Typed", user: bob, name: "Bob" } as const

  test("comes and goes", () => {
    const here = withSignal(withHere(open(1, 1, 1), []), { _tag: "CameOnline", user: bob, name: "Bob" }, 0)
    expect(here.here).toEqual([person])
    expect(withSignal(here, { _tag: "WentOffline", user: bob, name: "Bob" }, 0).here).toEqual([])
  })

  test("writes for five seconds after the last sign, or until the message is there", () => {
    const writing = withSignal(withSignal(open(1, 1, 1), typed, 0), typed, 1_000)
    expect(writing.typing).toEqual([person])
    expect(expired(writing, typingHolds).typing).toEqual([person])
    expect(expired(writing, typingHolds + 1_000).typing).toEqual([])
    expect(stopped(writing, bob).typing).toEqual([])
  })

  test("does not count me as somebody who writes", () => {
    expect(withSignal(open(1, 1, 1), { _tag: "Typed", user: ada, name: "Ada" }, 0).typing).toEqual([])
  })
})

describe("what a newer server did", () => {
  const unknown = (seq: number, message?: number): DeliveredEvent =>
    event(seq, { _tag: "Unknown", type: "Painted", ...(message === undefined ? {} : { message: id(message) }) })
  const messageOf = (event: DeliveredEvent) => hear(ready([]), event).items.find((item) => item._tag === "Message")!

  test("leaves a line, or nothing when it is about a message, and the window goes on after it", () => {
    const window = [unknown(4), unknown(5, 2), posted(6)].reduce(hear, open(1, 3, 3))
    expect(texts(window)).toEqual(["text 1", "text 2", "text 3", "Unknown", "text 6"])
    expect(window.upTo).toBe(6)
  })
  test("to a message is shown once the server was asked for it, and nothing after it is lost", () => {
    const asked = { ...messageOf(posted(2)), text: "painted", revision: 4 }
    const missed = [edited(5, 2, "painted and edited")]
    const window = [unknown(4, 2), ...missed].reduce(hear, open(1, 3, 3))
    expect(texts(withMessage(window, asked))).toEqual(["text 1", "painted", "text 3"])
    expect(texts(withMessage(window, asked, missed))).toEqual(["text 1", "painted and edited", "text 3"])
  })
  test("may be a message of its own, which stands where it belongs", () => {
    const window = [unknown(4, 4), posted(5)].reduce(hear, open(1, 3, 3))
    expect(seqs(withMessage(window, messageOf(posted(4))))).toEqual([1, 2, 3, 4, 5])
    expect(seqs(withMessage(open(10, 12, 12), messageOf(posted(4))))).toEqual([10, 11, 12])
    expect(seqs(withMessage(open(1, 3, 9), messageOf(posted(9))))).toEqual([1, 2, 3])
  })
})
