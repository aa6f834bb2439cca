import type { RoomId } from "@roomlog/schemas"
import { expect, test } from "vitest"
import { heard, showsRoom, toShow } from "./show.ts"

const said = (seq: number) => ({
  title: "Bram in #harbour",
  body: "the crane is free",
  tag: "room:1",
  url: `/chat/harbour/@${seq}`,
  room: "1" as RoomId,
  seq,
})
const keptOf = (shown: ReturnType<typeof toShow>) => shown?.options.data

test("what was pushed is read, and what cannot be read is nothing", () => {
  expect(heard(JSON.stringify(said(7)))).toEqual(said(7))
  for (const text of [undefined, "", "null", "7", "[]", "{}", '{"title":1,"url":"/"}', "<html>"])
    expect(heard(text)).toBeNull()
})

test("a room calls when it was quiet, and only changes its words while more comes", () => {
  const first = toShow(said(7), undefined, 1_000)
  expect(first).toMatchObject({ title: "Bram in #harbour", options: { tag: "room:1", renotify: true } })
  const second = toShow(said(8), keptOf(first), 11_000)
  expect(second?.options).toMatchObject({ renotify: false, data: { seq: 8, url: "/chat/harbour/@8" } })
  expect(toShow(said(9), keptOf(second), 31_000)?.options.renotify).toBe(true)
})

test("an older message that comes late does not take the place of a newer one", () => {
  const shown = toShow(said(9), undefined, 0)
  expect(toShow(said(8), keptOf(shown), 1)).toBeNull()
  expect(toShow(said(9), keptOf(shown), 1)?.options.renotify).toBe(false)
})

test("a page shows a room at whatever message it stands, and no other room", () => {
  const at = (path: string) => showsRoom(`https://chat.example${path}`, "/chat/caf%C3%A9%20bar/@12")
  expect(["/chat/caf%C3%A9%20bar/", "/chat/caf%C3%A9%20bar", "/chat/caf%C3%A9%20bar/@3?x=1"].map(at)).toEqual([
    true,
    true,
    true,
  ])
  expect(["/", "/chat/caf%C3%A9/", "/chat/caf%C3%A9%20bar2/"].some(at)).toBe(false)
  expect(showsRoom("https://other.example/chat/a/", "https://chat.example/chat/a/@1")).toBe(false)
})
