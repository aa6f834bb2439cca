import { describe, expect, test } from "vitest"
import {
  ann,
  type Before,
  bob,
  Chat,
  cat,
  did,
  edit,
  given,
  hello,
  lobby,
  opened,
  post,
  react,
  remove,
  reply,
  setTopic,
} from "./testing.ts"
import * as Timeline from "./timeline.ts"

const talk = [
  opened,
  did(cat, post("hello")),
  did(ann, setTopic("Tides")),
  did(bob, post("hi", { message: reply, replyTo: hello })),
]
const events = (...more: ReadonlyArray<Before>) => Chat.eventsOf(given(...talk, ...more).chat, lobby)
const timeline = (...more: ReadonlyArray<Before>) => events(...more).reduce(Timeline.evolve, Timeline.empty(lobby))
const lines = ({ items }: Timeline.Timeline) =>
  items.map((item) => (item._tag === "Message" ? item.text : item.event._tag))

test("a timeline that has heard nothing shows nothing", () =>
  expect(Timeline.empty(lobby)).toEqual({ room: lobby, upTo: 0, items: [] }))

test("messages and notices stand in the order of what happened", () => {
  const opening = ["RoomCreated", "MemberJoined", "MemberJoined", "RoleGiven", "MemberJoined"]
  expect(lines(timeline())).toEqual([...opening, "hello", "TopicSet", "hi"])
})

test("an edit changes the message where it stands, and nothing else", () => {
  const [before, after] = [timeline(), timeline(did(cat, edit("hullo")))]
  expect(lines(after)).toEqual(lines(before).with(5, "hullo"))
  expect(after.upTo).toBe(before.upTo + 1)
})

test("what did not change stays the same object", () => {
  const before = timeline()
  const last = events(did(ann, react("👍"))).at(-1)!
  const after = Timeline.evolve(before, last)
  expect(after.items.map((item, i) => item === before.items[i])).toEqual(
    before.items.map((item) => !("id" in item && item.id === hello)),
  )
})

test("an event that was heard changes nothing", () => {
  const before = timeline()
  for (const event of events()) expect(Timeline.evolve(before, event)).toBe(before)
})

test("what happens to a message outside of the window only moves the mark", () => {
  const window = { room: lobby, upTo: 8, items: timeline().items.slice(-1) }
  const after = Timeline.evolve(window, events(did(cat, edit("hullo"))).at(-1)!)
  expect(after).toEqual({ ...window, upTo: 9 })
  expect(after.items).toBe(window.items)
})

describe("what readers see", () => {
  test("has no text of a removed message", () => {
    const seen = Timeline.shown(timeline(did(cat, remove())))
    expect(JSON.stringify(seen)).not.toContain("hello")
    expect(seen.some((item) => "kept" in item)).toBe(false)
  })
  test("has a notice of everything that is not about a message", () => {
    for (const event of events())
      expect(Timeline.notice(event)?.event).toEqual("message" in event.event ? undefined : event.event)
  })
})
