import { describe, expect, test } from "vitest"
import {
  ann,
  bob,
  Chat,
  cat,
  cellar,
  create,
  did,
  dug,
  eve,
  given,
  giveRole,
  join,
  leave,
  lobby,
  opened,
  post,
  removeMember,
  rename,
  renewInvitation,
  setTopic,
} from "../testing.ts"

describe("creating a room", () => {
  test("makes its creator the owner", () =>
    given()
      .when(ann, create({ topic: "Tides" }))
      .leadsTo(
        { _tag: "RoomCreated", name: "lobby", topic: "Tides", visibility: "public" },
        { _tag: "MemberJoined", user: ann, role: "owner" },
      ))
  test("does not take the id of another room", () =>
    given(opened)
      .when(eve, create({ name: "hall" }))
      .refused("RoomIdTaken", { room: lobby }))
  test("does not take the name of another room", () =>
    given(opened)
      .when(eve, create({ room: cellar }))
      .refused("RoomNameTaken", { name: "lobby" }))
  test("takes a name that was given up", () =>
    given(opened, did(ann, rename("hall")))
      .when(eve, create({ room: cellar }))
      .leadsTo(
        { _tag: "RoomCreated", name: "lobby", topic: "", visibility: "public" },
        { _tag: "MemberJoined", user: eve, role: "owner" },
      ))
})

describe("joining", () => {
  test("is free in a public room", () =>
    given(opened).when(eve, join()).leadsTo({ _tag: "MemberJoined", user: eve, role: "member" }))
  test("an unknown room is not possible", () =>
    given().when(eve, join(cellar)).refused("RoomNotFound", { room: cellar }))
  test("twice is not possible", () => given(opened).when(cat, join()).refused("AlreadyMember", { room: lobby }))
  test("a private room takes its invitation", () =>
    given(dug)
      .when(eve, join(cellar, Chat.invitation(cellar, 1)))
      .leadsTo({ _tag: "MemberJoined", user: eve, role: "member" }))
  test("a private room uninvited looks like a room that is not there", () =>
    given(dug).when(eve, join(cellar)).refused("RoomNotFound", { room: cellar }))
  test("with an old invitation is like without", () =>
    given(dug, did(ann, renewInvitation(cellar)))
      .when(eve, join(cellar, Chat.invitation(cellar, 1)))
      .refused("RoomNotFound"))
  test("with the invitation to another room is like without", () =>
    given(dug)
      .when(eve, join(cellar, Chat.invitation(lobby, 1)))
      .refused("RoomNotFound"))
  test("an empty room makes one its owner", () =>
    given(did(ann, create()), did(ann, leave()))
      .when(eve, join())
      .leadsTo({ _tag: "MemberJoined", user: eve, role: "owner" }))
})

describe("leaving", () => {
  test("says which role ended", () =>
    given(opened).when(bob, leave()).leadsTo({ _tag: "MemberLeft", user: bob, role: "moderator" }))
  test("is not for the last owner while others stay", () =>
    given(opened).when(ann, leave()).refused("LastOwner", { room: lobby }))
  test("is for an owner when another one stays", () =>
    given(opened, did(ann, giveRole(bob, "owner")))
      .when(ann, leave())
      .leadsTo({ _tag: "MemberLeft", user: ann, role: "owner" }))
  test("is for the last owner when nobody else is there", () =>
    given(dug).when(ann, leave(cellar)).leadsTo({ _tag: "MemberLeft", user: ann, role: "owner" }))
})

describe("renaming", () => {
  test("is for moderators", () =>
    given(opened).when(bob, rename("hall")).leadsTo({ _tag: "RoomRenamed", name: "hall" }))
  test("is not for members", () =>
    given(opened).when(cat, rename("hall")).refused("NotAllowed", { needs: "moderator" }))
  test("to the same name is nothing", () => given(opened).when(ann, rename("lobby")).refused("NothingChanged"))
  test("does not take the name of another room", () =>
    given(opened, dug).when(ann, rename("cellar")).refused("RoomNameTaken", { name: "cellar" }))
})

describe("setting the topic", () => {
  test("is for moderators", () =>
    given(opened).when(bob, setTopic("Tides")).leadsTo({ _tag: "TopicSet", topic: "Tides" }))
  test("is not for members", () =>
    given(opened).when(cat, setTopic("Me")).refused("NotAllowed", { needs: "moderator" }))
  test("to the same topic is nothing", () => given(opened).when(ann, setTopic("")).refused("NothingChanged"))
})

describe("renewing the invitation", () => {
  test("is for owners of private rooms", () =>
    given(dug).when(ann, renewInvitation(cellar)).leadsTo({ _tag: "InvitationRenewed", generation: 2 }))
  test("goes on counting", () =>
    given(dug, did(ann, renewInvitation(cellar)))
      .when(ann, renewInvitation(cellar))
      .leadsTo({ _tag: "InvitationRenewed", generation: 3 }))
  test("is not for moderators", () =>
    given(opened).when(bob, renewInvitation()).refused("NotAllowed", { needs: "owner" }))
  test("of a public room is nothing", () => given(opened).when(ann, renewInvitation()).refused("NothingChanged"))
})

describe("giving a role", () => {
  test("says what it was before", () =>
    given(opened)
      .when(ann, giveRole(cat, "moderator"))
      .leadsTo({ _tag: "RoleGiven", user: cat, role: "moderator", was: "member" }))
  test("is not for moderators", () =>
    given(opened).when(bob, giveRole(cat, "moderator")).refused("NotAllowed", { needs: "owner" }))
  test("to nobody in the room is not possible", () =>
    given(opened).when(ann, giveRole(eve, "moderator")).refused("MemberNotFound", { user: eve }))
  test("that somebody has is nothing", () =>
    given(opened).when(ann, giveRole(bob, "moderator")).refused("NothingChanged"))
  test("does not take the last owner's", () =>
    given(opened).when(ann, giveRole(ann, "member")).refused("LastOwner", { room: lobby }))
  test("takes an owner's when another one remains", () =>
    given(opened, did(ann, giveRole(bob, "owner")))
      .when(bob, giveRole(ann, "member"))
      .leadsTo({ _tag: "RoleGiven", user: ann, role: "member", was: "owner" }))
})

describe("removing a member", () => {
  test("is for moderators", () =>
    given(opened).when(bob, removeMember(cat)).leadsTo({ _tag: "MemberRemoved", user: cat, role: "member" }))
  test("is not for members", () =>
    given(opened).when(cat, removeMember(bob)).refused("NotAllowed", { needs: "moderator" }))
  test("who is not one is not possible", () =>
    given(opened).when(ann, removeMember(eve)).refused("MemberNotFound", { user: eve }))
  test("of the same rank is for nobody", () =>
    given(opened, did(ann, giveRole(cat, "moderator")))
      .when(bob, removeMember(cat))
      .refused("NotAllowed", { needs: "owner" }))
  test("of a higher rank is for nobody", () => given(opened).when(bob, removeMember(ann)).refused("NotAllowed"))
  test("who is a moderator is for owners", () =>
    given(opened).when(ann, removeMember(bob)).leadsTo({ _tag: "MemberRemoved", user: bob, role: "moderator" }))
  test("who is oneself is called leaving", () => given(opened).when(bob, removeMember(bob)).refused("NotAllowed"))
  test("makes a stranger of them", () =>
    given(opened, did(bob, removeMember(cat)))
      .when(cat, post("hi"))
      .refused("NotAMember"))
})

describe("a stranger", () => {
  const asked = (room: typeof lobby) => [
    leave(room),
    rename("hall", room),
    setTopic("Tides", room),
    renewInvitation(room),
    giveRole(ann, "member", room),
    removeMember(ann, room),
  ]
  test.each(asked(lobby))("of a public room is no member to $_tag", (command) =>
    given(opened).when(eve, command).refused("NotAMember", { room: lobby }),
  )
  test.each(asked(cellar))("of a private room learns nothing from $_tag", (command) =>
    given(dug).when(eve, command).refused("RoomNotFound", { room: cellar }),
  )
  test.each(asked(cellar))("gets the same answer for no room at all from $_tag", (command) =>
    given().when(eve, command).refused("RoomNotFound", { room: cellar }),
  )
})

test("a refused command leaves the chat as it was", () => {
  const { chat } = given(opened)
  expect(Chat.ask(chat, { by: eve, command: leave() }).chat).toBe(chat)
})
