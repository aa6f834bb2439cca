import type { Event } from "@roomlog/schemas"
import { describe, expect, test } from "vitest"
import {
  ann,
  type Before,
  bob,
  Chat,
  cat,
  cellar,
  did,
  dug,
  given,
  giveRole,
  hello,
  join,
  leave,
  lobby,
  opened,
  post,
  react,
  removeMember,
  rename,
  renewInvitation,
  setTopic,
} from "../testing.ts"
import { evolve, membership } from "./evolve.ts"

const lobbyOf = (...before: ReadonlyArray<Before>) => given(...before).chat.rooms.get(lobby)!

test("a new room has its creator as its one member and owner", () =>
  expect(given(dug).chat.rooms.get(cellar)).toEqual({
    id: cellar,
    name: "cellar",
    topic: "",
    visibility: "private",
    createdAt: Date.UTC(2026, 0, 1),
    invitation: 1,
    members: 1,
    owners: 1,
  }))

test("nothing is known of a room before it was created", () =>
  expect(evolve(undefined, recorded({ _tag: "RoomRenamed", name: "hall" }))).toBeUndefined())

describe("a room", () => {
  test("has the newest name and topic", () =>
    expect(lobbyOf(opened, did(ann, rename("hall")), did(ann, setTopic("Tides")))).toMatchObject({
      name: "hall",
      topic: "Tides",
    }))
  test("has the newest generation of its invitation", () =>
    expect(given(dug, did(ann, renewInvitation(cellar))).chat.rooms.get(cellar)!.invitation).toBe(2))
  test("counts who comes", () => expect(lobbyOf(opened)).toMatchObject({ members: 3, owners: 1 }))
  test("counts who leaves and who is removed", () =>
    expect(lobbyOf(opened, did(cat, leave()), did(ann, removeMember(bob)))).toMatchObject({ members: 1, owners: 1 }))
  test("counts owners who are made and unmade", () => {
    const two = [opened, did(ann, giveRole(bob, "owner"))]
    expect(lobbyOf(...two)).toMatchObject({ members: 3, owners: 2 })
    expect(lobbyOf(...two, did(bob, giveRole(ann, "member")))).toMatchObject({ members: 3, owners: 1 })
  })
  test("counts an owner who leaves", () =>
    expect(lobbyOf(opened, did(ann, giveRole(bob, "owner")), did(ann, leave()))).toMatchObject({
      members: 2,
      owners: 1,
    }))
  test("is the same object after messages", () => {
    const { chat } = given(opened)
    const talked = [did(cat, post("hi")), did(ann, react("👍"))].reduce((now, step) => step(now), chat)
    expect(talked.rooms.get(lobby)).toBe(chat.rooms.get(lobby))
  })
})

describe("a membership", () => {
  test("begins by joining", () =>
    expect(membership(recorded({ _tag: "MemberJoined", user: bob, role: "member" }))).toEqual({
      user: bob,
      role: "member",
    }))
  test("changes by a role", () =>
    expect(membership(recorded({ _tag: "RoleGiven", user: bob, role: "owner", was: "member" }))).toEqual({
      user: bob,
      role: "owner",
    }))
  test.each(["MemberLeft", "MemberRemoved"] as const)("ends by %s", (_tag) =>
    expect(membership(recorded({ _tag, user: bob, role: "member" }))).toEqual({ user: bob, role: null }),
  )
  test("is not what messages and names are about", () => {
    expect(membership(recorded({ _tag: "TopicSet", topic: "" }))).toBeUndefined()
    expect(membership(recorded({ _tag: "MessageRemoved", message: hello }))).toBeUndefined()
  })
  test("that ended can begin again", () =>
    expect(given(opened, did(cat, leave()), did(cat, join())).chat.roles.get(Chat.roleKey(lobby, cat))).toBe("member"))
})

const recorded = (event: Event) => ({ room: lobby, seq: 1, at: 0, by: ann, event })
