import type { Command } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { describe, test } from "vitest"
import {
  ann,
  type Before,
  bob,
  Chat,
  cat,
  cellar,
  did,
  dug,
  edit,
  eve,
  given,
  hello,
  id,
  join,
  leave,
  lobby,
  opened,
  other,
  picture,
  post,
  react,
  remove,
  reply,
  restore,
  show,
  unreact,
  uploaded,
} from "../testing.ts"

const said: Before = (chat) => did(cat, post("hello"))(opened(chat))
const gone: Before = (chat) => did(cat, remove())(said(chat))
const shown: Before = (chat) => did(cat, show({ key: picture.key, alt: "a cat" }))(uploaded(cat)(opened(chat)))

describe("posting", () => {
  const posted = { _tag: "MessagePosted", message: hello, text: "hello", images: [], replyTo: null } as const
  test("is for members", () => given(opened).when(cat, post("hello")).leadsTo(posted))
  test("does not take the id of another message", () =>
    given(said).when(bob, post("mine")).refused("MessageIdTaken", { message: hello }))
  test("does not take the id of a removed message", () =>
    given(gone).when(cat, post("again")).refused("MessageIdTaken"))
  test("nothing is not possible", () => given(opened).when(cat, post("")).refused("MessageIsEmpty", { field: "text" }))
  test("only spaces is not possible", () => given(opened).when(cat, post(" \n\t")).refused("MessageIsEmpty"))
  test("keeps the spaces around the words", () =>
    given(opened)
      .when(cat, post("  in\n"))
      .leadsTo({ ...posted, text: "  in\n" }))
})

describe("posting images", () => {
  const image = { key: picture.key, alt: "a cat" }
  test("needs no words", () =>
    given(opened, uploaded(cat))
      .when(cat, show(image))
      .leadsTo({
        _tag: "MessagePosted",
        message: hello,
        text: "",
        images: [{ ...picture, alt: "a cat" }],
        replyTo: null,
      }))
  test("that were not uploaded is not possible", () =>
    given(opened).when(cat, show(image)).refused("ImageNotFound", { key: picture.key }))
  test("that somebody else uploaded is not possible", () =>
    given(opened, uploaded(bob)).when(cat, show(image)).refused("ImageNotFound"))
  test("that were uploaded for another room is not possible", () =>
    given(opened, uploaded(cat, cellar)).when(cat, show(image)).refused("ImageNotFound"))
})

describe("replying", () => {
  const answer = (to = hello) => post("yes", { message: reply, replyTo: to })
  test("says where the answered message stands", () =>
    given(said)
      .when(bob, answer())
      .leadsTo({ _tag: "MessagePosted", message: reply, text: "yes", images: [], replyTo: { message: hello, seq: 6 } }))
  test("to nothing is not possible", () =>
    given(said).when(bob, answer(other)).refused("MessageNotFound", { message: other }))
  test("to a removed message is not possible", () =>
    given(gone).when(bob, answer()).refused("MessageIsRemoved", { message: hello }))
  test("to a message of another room is not possible", () =>
    given(said, dug)
      .when(ann, { ...answer(), room: cellar })
      .refused("MessageNotFound"))
})

describe("editing", () => {
  test("is for the author", () =>
    given(said).when(cat, edit("hullo")).leadsTo({ _tag: "MessageEdited", message: hello, text: "hullo" }))
  test("is for nobody else, not even the owner", () =>
    given(said).when(ann, edit("hullo")).refused("NotTheAuthor", { message: hello }))
  test("to the same text is nothing", () => given(said).when(cat, edit("hello")).refused("NothingChanged"))
  test("to nothing is not possible", () =>
    given(said).when(cat, edit(" ")).refused("MessageIsEmpty", { field: "text" }))
  test("to nothing leaves an image as it is", () =>
    given(shown, did(cat, edit("look")))
      .when(cat, edit(""))
      .leadsTo({ _tag: "MessageEdited", message: hello, text: "" }))
  test("a removed message is not possible", () => given(gone).when(cat, edit("hullo")).refused("MessageIsRemoved"))
})

describe("removing", () => {
  const removed = { _tag: "MessageRemoved", message: hello } as const
  test("is for the author", () => given(said).when(cat, remove()).leadsTo(removed))
  test("is for moderators", () => given(said).when(bob, remove()).leadsTo(removed))
  test("is for owners", () => given(said).when(ann, remove()).leadsTo(removed))
  test("is not for other members", () =>
    given(said, did(eve, join())).when(eve, remove()).refused("NotTheAuthor", { message: hello }))
  test("twice is not possible", () => given(gone).when(cat, remove()).refused("MessageIsRemoved"))
})

describe("restoring", () => {
  const restored = { _tag: "MessageRestored", message: hello, text: "hello", images: [] } as const
  test("is for who removed it, and brings the text back", () => given(gone).when(cat, restore()).leadsTo(restored))
  test("brings the newest text back", () =>
    given(said, did(cat, edit("hullo")), did(cat, remove()))
      .when(cat, restore())
      .leadsTo({ ...restored, text: "hullo" }))
  test("brings the images back", () =>
    given(shown, did(cat, remove()))
      .when(cat, restore())
      .leadsTo({ ...restored, text: "", images: [{ ...picture, alt: "a cat" }] }))
  test("is for moderators", () => given(gone).when(bob, restore()).leadsTo(restored))
  test("is not for the author of what a moderator removed", () =>
    given(said, did(bob, remove())).when(cat, restore()).refused("NotAllowed", { needs: "moderator" }))
  test("what stands is nothing", () => given(said).when(cat, restore()).refused("NothingChanged"))
  test("what was erased since is nothing", () => {
    const { chat } = given(gone)
    const { kept: _, ...erased } = chat.messages.get(hello)!
    given(() => ({ ...chat, messages: new Map([[hello, erased]]) }))
      .when(cat, restore())
      .refused("NothingChanged")
  })
})

describe("reacting", () => {
  const emoji = (n: number) => String.fromCodePoint(0x1f400 + n)
  const crowded = Array.from({ length: limits.reactionsPerMessage }, (_, n) => did(ann, react(emoji(n))))
  test("is for members", () =>
    given(said).when(bob, react("👍")).leadsTo({ _tag: "Reacted", message: hello, emoji: "👍" }))
  test("twice with one emoji is nothing", () =>
    given(said, did(bob, react("👍")))
      .when(bob, react("👍"))
      .refused("NothingChanged"))
  test("as somebody else did is one more", () =>
    given(said, did(bob, react("👍")))
      .when(ann, react("👍"))
      .leadsTo({ _tag: "Reacted", message: hello, emoji: "👍" }))
  test("with one emoji too many is not possible", () =>
    given(said, ...crowded)
      .when(bob, react("🎉"))
      .refused("TooManyReactions", { message: hello, most: limits.reactionsPerMessage }))
  test("with an emoji that is there goes on in a crowd", () =>
    given(said, ...crowded)
      .when(bob, react(emoji(0)))
      .leadsTo({ _tag: "Reacted", message: hello, emoji: emoji(0) }))
  test("to a removed message is not possible", () => given(gone).when(bob, react("👍")).refused("MessageIsRemoved"))
})

describe("taking a reaction back", () => {
  test("is for who reacted", () =>
    given(said, did(bob, react("👍")))
      .when(bob, unreact("👍"))
      .leadsTo({ _tag: "Unreacted", message: hello, emoji: "👍" }))
  test("of somebody else is nothing", () =>
    given(said, did(bob, react("👍")))
      .when(ann, unreact("👍"))
      .refused("NothingChanged"))
  test("with another emoji is nothing", () =>
    given(said, did(bob, react("👍")))
      .when(bob, unreact("🎉"))
      .refused("NothingChanged"))
  test("from a removed message is not possible", () =>
    given(said, did(bob, react("👍")), did(cat, remove()))
      .when(bob, unreact("👍"))
      .refused("MessageIsRemoved"))
})

const onMessage = (message = hello, room = lobby): ReadonlyArray<Command> => [
  edit("hullo", message, room),
  remove(message, room),
  restore(message, room),
  react("👍", message, room),
  unreact("👍", message, room),
]
const everything = (room = lobby) => [post("hi", { room, message: other }), ...onMessage(hello, room)]

describe("a message that is not in the room", () => {
  test.each(onMessage(id(999)))("is not found by $_tag", (command) =>
    given(said)
      .when(ann, command)
      .refused("MessageNotFound", { message: id(999) }),
  )
  test.each(onMessage(hello, cellar))("is not found by $_tag, even if another room has it", (command) =>
    given(said, dug).when(ann, command).refused("MessageNotFound", { message: hello }),
  )
})

describe("a stranger", () => {
  test.each(everything())("of a public room is no member to $_tag", (command) =>
    given(said).when(eve, command).refused("NotAMember", { room: lobby }),
  )
  test.each(everything(cellar))("of a private room learns nothing from $_tag", (command) =>
    given(dug).when(eve, command).refused("RoomNotFound", { room: cellar }),
  )
  test.each(everything(cellar))("gets the same answer for no room at all from $_tag", (command) =>
    given().when(eve, command).refused("RoomNotFound", { room: cellar }),
  )
  test("who left may not touch their own messages", () =>
    given(said, did(cat, leave())).when(cat, edit("hullo")).refused("NotAMember"))
  test("who was invited speaks", () =>
    given(dug, did(eve, join(cellar, Chat.invitation(cellar, 1))))
      .when(eve, post("hi", { room: cellar }))
      .leadsTo({ _tag: "MessagePosted", message: hello, text: "hi", images: [], replyTo: null }))
})
