import type { RoomSummary } from "@roomlog/schemas"
import { expect, test } from "vitest"
import { addressOf, canonical, readAddress } from "./address.ts"
import { matching } from "./matching.ts"
import { neighbour, titleOf } from "./order.ts"

const room = (name: string, more: Partial<RoomSummary> = {}) =>
  ({ room: name, name, topic: "", role: "member", unread: 0, ...more }) as RoomSummary

test("an address says the room, the message and the invitation", () => {
  expect(readAddress("/", "")).toEqual({ room: null, at: null, invitation: null })
  expect(readAddress("/chat/Lobby/", "")).toEqual({ room: "lobby", at: null, invitation: null })
  expect(readAddress("/chat/lobby", "?invitation=abc")).toEqual({ room: "lobby", at: null, invitation: "abc" })
  expect(readAddress("/chat/caf%C3%A9%20bar/@12", "")).toEqual({ room: "café bar", at: 12, invitation: null })
  expect(readAddress("/chat/lobby/", "?at=7")).toEqual({ room: "lobby", at: 7, invitation: null })
  expect(["?at=", "?at=-1", "?at=1e3", "?at=7;"].map((search) => readAddress("/chat/a/", search).at)).toEqual([
    null,
    null,
    null,
    null,
  ])
  expect(readAddress("/chat/%E0%A4%A/", "").room).toBe("%e0%a4%a")
  expect(readAddress("/chat/a/b/", "").room).toBeNull()
})

test("what is written is what is read", () => {
  for (const name of ["lobby", "café bar", "100%", "ルーム"])
    expect(readAddress(addressOf(name, 7), "")).toMatchObject({ room: name, at: 7 })
  expect(canonical("  #Ha/rbour? ")).toBe("ha-rbour-")
})

test("Alt and arrows walk round my rooms, or over those with something new", () => {
  const rooms = [room("c"), room("a", { unread: 1 }), room("b"), room("z", { role: null })]
  expect(neighbour(rooms, "a", { down: true, unread: false })?.name).toBe("b")
  expect(neighbour(rooms, "a", { down: false, unread: false })?.name).toBe("c")
  expect(neighbour(rooms, "c", { down: true, unread: false })?.name).toBe("a")
  expect(neighbour(rooms, "b", { down: true, unread: true })?.name).toBe("a")
  expect(neighbour(rooms, "a", { down: true, unread: true })).toBeUndefined()
})

test("the switcher puts names that begin with the letters first", () => {
  const rooms = [room("design"), room("old-de", { unread: 3 }), room("tides", { topic: "deep water" }), room("x")]
  expect(matching(rooms, "#de").map(({ name }) => name)).toEqual(["design", "old-de", "tides"])
})

test("the title counts what is unread in my rooms", () => {
  expect(titleOf([room("a", { unread: 2 }), room("b", { unread: 1 }), room("z", { unread: 9, role: null })], "a")).toBe(
    "(3) a - Roomlog",
  )
  expect(titleOf([], null)).toBe("Roomlog")
})
