import type { MediaKey, RoomEvent, RoomId } from "@roomlog/schemas"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as Message from "./message/evolve.ts"
import * as Room from "./room/evolve.ts"
import { arbitraryStory, Chat, holds, type Story, uploadsOf } from "./testing.ts"
import * as Timeline from "./timeline.ts"

const images = [1, 2].map((n) => `img_1700000000_${String(n).padStart(32, "0")}.png` as MediaKey)
const story = arbitraryStory({ length: 100, images })
const told = (one: Story) => Chat.askAll(one.asked, { ...Chat.empty, uploads: uploadsOf(one, images) })
const rooms = (chat: Chat.Chat) => [...chat.rooms.keys()].map((room) => ({ room, events: Chat.eventsOf(chat, room) }))
const folded = (room: RoomId, events: ReadonlyArray<RoomEvent>) => events.reduce(Timeline.evolve, Timeline.empty(room))

describe("after any story", () => {
  test("hearing events again, late or twice changes nothing", () =>
    holds(
      fc.property(story, fc.infiniteStream(fc.nat(5)), (one, repeats) => {
        for (const { room, events } of rooms(told(one))) {
          const heard = events.flatMap((event, i) => [
            event,
            ...events.slice(Math.max(0, i - repeats.next().value), i + 1),
          ])
          expect(folded(room, heard)).toEqual(folded(room, events))
        }
      }),
    ))

  test("a page of any size and what followed it is what was there all along", () =>
    holds(
      fc.property(story, fc.nat(), fc.nat(), fc.nat(9), (one, cut, size, overlap) => {
        for (const { room, events } of rooms(told(one))) {
          const upTo = cut % (events.length + 1)
          const before = Timeline.shown(folded(room, events.slice(0, upTo)))
          const page = { room, upTo, items: before.slice(before.length - (size % (before.length + 1))) }
          const after = events.slice(Math.max(0, upTo - overlap)).reduce(Timeline.evolve, page)
          const whole = Timeline.shown(folded(room, events))
          expect(Timeline.shown(after)).toEqual(whole.slice(before.length - page.items.length))
        }
      }),
    ))

  test("each message of a timeline is the fold of its own events", () =>
    holds(
      fc.property(story, (one) => {
        const chat = told(one)
        for (const { room, events } of rooms(chat))
          for (const item of folded(room, events).items)
            if (item._tag === "Message") expect(item).toEqual(chat.messages.get(item.id))
      }),
    ))

  test("the counts of reactions are those of who reacted", () =>
    holds(
      fc.property(story, (one) => {
        const { messages, reactions } = told(one)
        for (const [id, message] of messages) {
          const emoji = [...reactions]
            .map((key) => key.split("/"))
            .flatMap(([at, which]) => (at === id ? [which!] : []))
          const counts = Map.groupBy(emoji, (which) => which)
          expect(new Map(message.reactions.map((one) => [one.emoji, one.count]))).toEqual(
            new Map(counts.entries().map(([which, all]) => [which, all.length])),
          )
        }
      }),
    ))

  test("readers see nothing of what was removed", () =>
    holds(
      fc.property(story, (one) => {
        for (const message of told(one).messages.values()) {
          const seen = Message.shown(message)
          expect(seen).not.toHaveProperty("kept")
          if (seen.removed) expect(seen).toMatchObject({ text: "", images: [] })
          if (seen.removed === null) expect(message.kept).toBeUndefined()
        }
      }),
    ))

  test("members and owners are counted as they are", () =>
    holds(
      fc.property(story, (one) => {
        const chat = told(one)
        for (const { room, events } of rooms(chat)) {
          const roles = rolesOf(events)
          const owners = roles.filter((role) => role === "owner")
          expect(chat.rooms.get(room)).toMatchObject({ members: roles.length, owners: owners.length })
        }
      }),
    ))

  test("a room with members has an owner, at every moment", () =>
    holds(
      fc.property(story, (one) => {
        for (const { events } of rooms(told(one))) {
          let room: Room.Room | undefined
          for (const event of events) {
            room = Room.evolve(room, event)
            if (room!.members > 0) expect(room!.owners, JSON.stringify(event)).toBeGreaterThan(0)
          }
        }
      }),
    ))

  test("no two rooms have one name", () =>
    holds(
      fc.property(story, (one) => {
        const names = [...told(one).rooms.values()].map(({ name }) => name)
        expect(new Set(names).size).toBe(names.length)
      }),
    ))

  test("strangers of a private room have changed nothing in it", () =>
    holds(
      fc.property(story, (one) => {
        const chat = told(one)
        for (const { room, events } of rooms(chat)) {
          if (chat.rooms.get(room)!.visibility === "public") continue
          for (const [i, { by, event }] of events.entries())
            if (event._tag !== "RoomCreated" && event._tag !== "MemberJoined")
              expect(membersAfter(events.slice(0, i)), JSON.stringify(event)).toContain(by)
        }
      }),
    ))
})

test("random stories tell of everything that can happen", () => {
  const kinds = new Set<string>()
  for (const one of fc.sample(story, 300)) for (const { event } of told(one).log) kinds.add(event._tag)
  expect(kinds.size).toBe(14)
})

const memberships = (events: ReadonlyArray<RoomEvent>) =>
  new Map(events.flatMap((event) => Room.membership(event) ?? []).map(({ user, role }) => [user, role]))
const rolesOf = (events: ReadonlyArray<RoomEvent>) => [...memberships(events).values()].filter((role) => role !== null)
const membersAfter = (events: ReadonlyArray<RoomEvent>) =>
  [...memberships(events)].flatMap(([user, role]) => (role === null ? [] : [user]))
