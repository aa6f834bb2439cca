import type { RoomId, RoomSummary, UserId } from "@roomlog/schemas"
import { expect, test } from "vitest"
import { withPosted, withRead } from "./list.ts"

const room = "00000000-0000-7000-8000-000000000001" as RoomId
const ada = "00000000-0000-7000-8000-00000000000a" as UserId
const bob = "00000000-0000-7000-8000-00000000000b" as UserId
const tea: RoomSummary = {
  room,
  name: "tea",
  topic: "",
  visibility: "public",
  createdAt: 0,
  members: 2,
  role: "member",
  head: 10,
  readUpTo: 8,
  unread: 2,
}
const posted = (seq: number, by = bob) => ({ _tag: "Posted", room, seq, by, name: "somebody" }) as const

test("a message of somebody else is unread", () => {
  expect(withPosted([tea], posted(11), ada)).toEqual([{ ...tea, head: 11, unread: 3 }])
})

test("a message of mine is not", () => {
  expect(withPosted([tea], posted(11, ada), ada)).toEqual([{ ...tea, head: 11 }])
})

test("what the list has counted already is not counted twice", () => {
  const list = [tea]
  expect(withPosted(list, posted(10), ada)).toBe(list)
})

test("reading everything leaves nothing unread; reading a part of it must be counted by the server", () => {
  expect(withRead([tea], room, 10)).toEqual([{ ...tea, readUpTo: 10, unread: 0 }])
  expect(withRead([tea], room, 9)).toBeUndefined()
  const list = [tea]
  expect(withRead(list, room, 7)).toBe(list)
})
