import { randomUUID } from "node:crypto"
import { post } from "./doors.ts"

type Words = Readonly<Record<string, unknown>>
type Refusal = readonly [what: string, path: string, words: () => Words, rejection: Words]

/** What is there: a public room of this name with two members, Ann 31 its owner, and a message of hers. */
export interface There {
  readonly room: string
  readonly message: string
  readonly name: string
}

/** Everything that nobody may ask, and how it is refused. */
export const refusals = ({ room, message, name }: There): ReadonlyArray<Refusal> => [
  ["a text that is a number", "message.post", () => post(room, { text: 5 }), invalid("text")],
  ["no text at all", "message.post", () => post(room, { text: undefined }), invalid("text")],
  ["a field that nobody knows", "message.post", () => post(room, { by: randomUUID() }), invalid("by")],
  ["a blank text", "message.post", () => post(room, { text: " \n " }), { _tag: "MessageIsEmpty", field: "text" }],
  ["4,001 characters", "message.post", () => post(room, { text: "é".repeat(4_001) }), invalid("text")],
  ["more than 16 KiB", "message.post", () => post(room, { text: "👩‍👩‍👧".repeat(1_000) }), invalid("text")],
  ["NUL in a text", "message.post", () => post(room, { text: "a\u0000b" }), invalid("text")],
  ["half of a surrogate pair", "message.post", () => post(room, { text: "a\ud83d" }), invalid("text")],
  ["a room that is no id", "message.post", () => post(room, { room: "lobby" }), invalid("room")],
  ["an id in capitals", "message.post", () => post(room, { message: randomUUID().toUpperCase() }), invalid("message")],
  ["a command id that is none", "message.post", () => post(room, { commandId: 1 }), invalid("commandId")],
  [
    "a file's path as an image",
    "message.post",
    () => post(room, { images: [image("../secret")] }),
    invalid("images.0.key"),
  ],
  ["eleven images", "message.post", () => post(room, { images: Array(11).fill(image(aKey)) }), invalid("images")],
  [
    "an image of nobody",
    "message.post",
    () => post(room, { images: [image(aKey)] }),
    { _tag: "ImageNotFound", key: aKey },
  ],
  ["a room that is not", "message.post", () => post(room, { room: anId }), { _tag: "RoomNotFound", room: anId }],
  [
    "an answer to nothing",
    "message.post",
    () => post(room, { replyTo: anId }),
    { _tag: "MessageNotFound", message: anId },
  ],
  ["an id that is taken", "message.post", () => post(room, { message }), { _tag: "MessageIdTaken", message }],
  [
    "a message that is not",
    "message.edit",
    () => about(room, message, { message: anId, text: "x" }),
    { _tag: "MessageNotFound" },
  ],
  [
    "an edit to nothing",
    "message.edit",
    () => about(room, message, { text: "" }),
    { _tag: "MessageIsEmpty", field: "text" },
  ],
  ["a word as emoji", "message.react", () => about(room, message, { emoji: "yes" }), invalid("emoji")],
  ["two emoji", "message.react", () => about(room, message, { emoji: "👍👍" }), invalid("emoji")],
  [
    "no reaction to take back",
    "message.unreact",
    () => about(room, message, { emoji: "👍" }),
    { _tag: "NothingChanged" },
  ],
  ["a room name with a slash", "room.create", () => newRoom({ name: "a/b" }), invalid("name")],
  ["a room name in capitals", "room.create", () => newRoom({ name: "Lobby" }), invalid("name")],
  ["a room name that is taken", "room.create", () => newRoom({ name }), { _tag: "RoomNameTaken" }],
  ["a room id that is taken", "room.create", () => newRoom({ room }), { _tag: "RoomIdTaken", room }],
  ["a third kind of room", "room.create", () => newRoom({ visibility: "secret" }), invalid("visibility")],
  ["a topic of two lines", "room.setTopic", () => ({ ...inRoom(room), topic: "a\nb" }), invalid("topic")],
  ["a role that is none", "room.giveRole", () => ({ ...inRoom(room), user: anId, role: "king" }), invalid("role")],
  ["a stranger", "room.removeMember", () => ({ ...inRoom(room), user: anId }), { _tag: "MemberNotFound", user: anId }],
  ["the last owner", "room.leave", () => inRoom(room), { _tag: "LastOwner" }],
  ["a code that is none", "room.join", () => ({ ...inRoom(room), invitation: "0000" }), invalid("invitation")],
  ["a mark before the start", "room.markRead", () => ({ room, upTo: -1 }), invalid("upTo")],
  ["a blank name", "identity.signIn", () => ({ name: "  " }), invalid("name")],
  ["a long name", "identity.signIn", () => ({ name: "a".repeat(33) }), invalid("name")],
  ["a name that turns direction", "identity.signIn", () => ({ name: "a\u202eb" }), invalid("name")],
  ["a name with something invisible", "identity.signIn", () => ({ name: "A\u200bnn" }), invalid("name")],
  ["a name of two scripts", "identity.signIn", () => ({ name: "Аnn" }), invalid("name")],
  ["a reserved name", "identity.signIn", () => ({ name: "SYS-TEM" }), { _tag: "NameReserved" }],
  ["a reserved name in wide letters", "identity.signIn", () => ({ name: "ａｄｍｉｎ" }), { _tag: "NameReserved" }],
  ["a name that is in use", "identity.signIn", () => ({ name: "ann 31" }), { _tag: "NameInUse", suggestion: "ann 2" }],
]

const about = (room: string, message: string, words: Words = {}): Words => ({
  commandId: randomUUID(),
  room,
  message,
  ...words,
})
const inRoom = (room: string): Words => ({ commandId: randomUUID(), room })
const newRoom = (words: Words): Words => ({
  commandId: randomUUID(),
  room: randomUUID(),
  name: `room ${randomUUID()}`,
  topic: "",
  visibility: "public",
  ...words,
})

const invalid = (field: string): Words => ({ _tag: "InvalidInput", field })
const anId = randomUUID()
const aKey = "img_1700000000_00000000000000000000000000000000.png"
const image = (key: string): Words => ({ key, alt: "" })
