import type { Event } from "@roomlog/schemas"
import { describe, expect, test } from "vitest"
import { ann, bob, cat, hello, lobby, other, picture } from "../testing.ts"
import { evolve, type Message, shown, subject } from "./evolve.ts"

const image = { ...picture, alt: "a cat" }
const posted = (text = "hello"): Event => ({
  _tag: "MessagePosted",
  message: hello,
  text,
  images: [image],
  replyTo: null,
})
const edited = (text: string): Event => ({ _tag: "MessageEdited", message: hello, text })
const removed: Event = { _tag: "MessageRemoved", message: hello }
const restored: Event = { _tag: "MessageRestored", message: hello, text: "hello", images: [image] }
const reacted = (emoji: string): Event => ({ _tag: "Reacted", message: hello, emoji })
const unreacted = (emoji: string): Event => ({ _tag: "Unreacted", message: hello, emoji })

/** The message after these events at 1, 2, 3, ..., each a second after the other. */
const after = (...events: ReadonlyArray<Event>): Message =>
  events.reduce<Message | undefined>((message, event, i) => evolve(message, at(i + 1, event)), undefined)!
const at = (seq: number, event: Event, by = cat) => ({ room: lobby, seq, at: seq * 1000, by, event })

test("a posted message shows what was written, by whom, and where it stands", () =>
  expect(after(posted())).toEqual({
    _tag: "Message",
    room: lobby,
    id: hello,
    seq: 1,
    at: 1000,
    by: cat,
    text: "hello",
    images: [image],
    replyTo: null,
    editedAt: null,
    removed: null,
    reactions: [],
    revision: 1,
  }))

test("a reply keeps what it answers", () => {
  const replyTo = { message: other, seq: 1 }
  expect(evolve(undefined, at(2, { ...posted(), replyTo } as Event))).toMatchObject({ replyTo })
})

test("an edit changes the text, says when, and keeps its place", () =>
  expect(after(posted(), edited("hullo"))).toMatchObject({
    text: "hullo",
    editedAt: 2000,
    seq: 1,
    at: 1000,
    revision: 2,
  }))

describe("a removed message", () => {
  test("has neither text nor images, and says who removed it and when", () =>
    expect(evolve(after(posted()), at(2, removed, bob))).toMatchObject({
      text: "",
      images: [],
      removed: { by: bob, at: 2000 },
      by: cat,
    }))
  test("keeps what it said out of sight", () => {
    const message = after(posted(), edited("hullo"), removed)
    expect(message.kept).toEqual({ text: "hullo", images: [image] })
    expect(JSON.stringify(shown(message))).not.toContain("hullo")
    expect(shown(message)).not.toHaveProperty("kept")
  })
  test("is as it was after restoring, but for its revision", () => {
    const message = after(posted(), removed, restored)
    expect(message).toEqual({ ...after(posted()), revision: 3 })
    expect(message).not.toHaveProperty("kept")
  })
  test("is restored for readers who never had its text", () => {
    const seen = shown(after(posted(), removed))
    expect(evolve(seen, at(3, restored))).toEqual(after(posted(), removed, restored))
  })
})

describe("reactions", () => {
  test("are counted in the order of the first of each", () =>
    expect(after(posted(), reacted("👍"), reacted("🎉"), reacted("👍")).reactions).toEqual([
      { emoji: "👍", count: 2 },
      { emoji: "🎉", count: 1 },
    ]))
  test("go when the last is taken back", () =>
    expect(after(posted(), reacted("👍"), reacted("🎉"), unreacted("👍")).reactions).toEqual([
      { emoji: "🎉", count: 1 },
    ]))
  test("never fall below none", () => expect(after(posted(), unreacted("👍")).reactions).toEqual([]))
})

describe("what changes nothing", () => {
  const message = after(posted(), edited("hullo"), reacted("👍"))
  test.each([posted("hello"), edited("hullo"), reacted("👍")].map((event, i) => at(i + 1, event)))(
    "is $event._tag heard again",
    (event) => expect(evolve(message, event)).toBe(message),
  )
  test("is what happens to another message", () =>
    expect(evolve(message, at(9, { ...removed, message: other } as Event))).toBe(message))
  test("is what happens to the room", () =>
    expect(evolve(message, at(9, { _tag: "TopicSet", topic: "" }))).toBe(message))
  test("is what happens to a message that is not known", () =>
    expect(evolve(undefined, at(9, edited("x")))).toBeUndefined())
})

test("events of messages say which one they are about, others do not", () => {
  for (const event of [posted(), edited("x"), removed, restored, reacted("👍"), unreacted("👍")])
    expect(subject({ event })).toBe(hello)
  expect(subject({ event: { _tag: "MemberJoined", user: ann, role: "member" } })).toBeUndefined()
})
