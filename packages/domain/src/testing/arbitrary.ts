import type { Command, MediaKey, MessageId, Role, RoomId, StoredImage, UserId } from "@roomlog/schemas"
import fc from "fast-check"
import { type Asked, invitation, type Upload } from "./chat.ts"

/** How large a random story is, and what it may show. */
export interface Scope {
  readonly people?: number
  readonly rooms?: number
  readonly messages?: number
  /** Commands of one story, after its rooms were created. */
  readonly length?: number
  /** Keys of images that posts may name; whether they were uploaded is for `decide` to find out. */
  readonly images?: ReadonlyArray<MediaKey>
}

/** A random story: everything that people of one small world ask for, in order. */
export interface Story {
  readonly people: ReadonlyArray<UserId>
  /** Every second one is private. Their codes are `Chat.invitation`. */
  readonly rooms: ReadonlyArray<RoomId>
  readonly asked: ReadonlyArray<Asked>
}

/**
 * Random stories of valid commands, accepted and refused ones mixed: few people, rooms, messages and emoji, so that
 * they meet. Every story has ids and room names of its own, so that many fit into one database.
 */
export const arbitraryStory = (scope: Scope = {}): fc.Arbitrary<Story> =>
  fc.noShrink(fc.nat(0xffffffff)).chain((world) => {
    const { length = 60 } = scope
    const cast = castOf(world, scope)
    const openings = fc.tuple(...cast.rooms.map((room, n) => opening(cast, room, n)))
    const by = often(1, cast.people[0]!, cast.people)
    const asked = fc.record({ by, command: arbitraryCommand(cast) })
    return fc
      .tuple(openings, fc.array(asked, { maxLength: length, size: "max" }))
      .map(([first, then]) => ({ people: cast.people, rooms: cast.rooms, asked: [...first.flat(), ...then] }))
  })

/** The commands of random stories. */
export const arbitraryCommands = (scope: Scope = {}): fc.Arbitrary<ReadonlyArray<Asked>> =>
  arbitraryStory(scope).map(({ asked }) => asked)

/** Images that some of the people have uploaded for the rooms of a story, one each. */
export const uploadsOf = ({ people, rooms }: Story, keys: ReadonlyArray<MediaKey>): ReadonlyArray<Upload> =>
  keys.map((key, n) => ({ room: rooms[n % rooms.length]!, owner: people[n % people.length]!, image: imageOf(key) }))

/** Text as people write it, and as they do not: right to left, joined emoji, combining marks, markup, only spaces. */
export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "hi",
    "**bold** <b>&amp;",
    "שלום",
    "👩‍👩‍👧‍👦",
    "e\u0301",
    "line\nline",
    "'; drop table event; --",
  ),
  fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\u0000", "").toWellFormed()),
)

interface Cast {
  readonly people: ReadonlyArray<UserId>
  readonly rooms: ReadonlyArray<RoomId>
  readonly messages: ReadonlyArray<MessageId>
  readonly names: ReadonlyArray<string>
  readonly images: ReadonlyArray<MediaKey>
}

const castOf = (world: number, { people = 4, rooms = 2, messages = 5, images = [] }: Scope): Cast => {
  const hex = world.toString(16).padStart(8, "0")
  const ids = <Id extends string>(kind: number, count: number) =>
    Array.from({ length: count }, (_, n) => `${hex}-000${kind}-7000-8000-${n.toString(16).padStart(12, "0")}` as Id)
  return {
    people: ids<UserId>(1, people),
    rooms: ids<RoomId>(2, rooms),
    messages: ids<MessageId>(3, messages),
    names: Array.from({ length: rooms + 2 }, (_, n) => `room ${n} of ${hex}`),
    images,
  }
}

/** The room is created, and some people come in. */
const opening = (cast: Cast, room: RoomId, n: number): fc.Arbitrary<ReadonlyArray<Asked>> => {
  const visibility = n % 2 === 0 ? "public" : "private"
  const [owner, ...others] = cast.people
  const name = cast.names[n]!
  const create: Asked = { by: owner!, command: { _tag: "CreateRoom", room, name, topic: "", visibility } }
  return fc
    .subarray(others)
    .map((guests) => [
      create,
      ...guests.map((by): Asked => ({ by, command: { _tag: "JoinRoom", room, invitation: invitation(room, 1) } })),
    ])
}

const arbitraryCommand = (cast: Cast): fc.Arbitrary<Command> =>
  fc.oneof({ weight: 1, arbitrary: roomCommand(cast) }, { weight: 6, arbitrary: messageCommand(cast) })

const roomCommand = ({ people, rooms, names }: Cast): fc.Arbitrary<Command> => {
  const room = fc.constantFrom(...rooms)
  const name = fc.constantFrom(...names)
  const topic = fc.constantFrom("", "tides", "weather")
  const user = fc.constantFrom(...people)
  const role = fc.constantFrom<Role>("owner", "moderator", "member")
  const invited = fc.tuple(room, fc.nat(3)).map(([at, generation]) => ({ at, code: invitation(at, generation) }))
  return fc.oneof(
    tagged("CreateRoom", { room, name, topic, visibility: fc.constantFrom("public" as const, "private" as const) }),
    { weight: 3, arbitrary: tagged("JoinRoom", { room }) },
    {
      weight: 3,
      arbitrary: invited.map(({ at, code }): Command => ({ _tag: "JoinRoom", room: at, invitation: code })),
    },
    tagged("LeaveRoom", { room }),
    tagged("RenameRoom", { room, name }),
    tagged("SetTopic", { room, topic }),
    tagged("RenewInvitation", { room }),
    { weight: 4, arbitrary: tagged("GiveRole", { room, user, role }) },
    tagged("RemoveMember", { room, user }),
  )
}

const messageCommand = (cast: Cast): fc.Arbitrary<Command> =>
  fc.constantFrom(...cast.messages.keys()).chain((n) => {
    const message = fc.constant(cast.messages[n]!)
    const room = often(12, cast.rooms[n % cast.rooms.length]!, cast.rooms)
    const emoji = fc.constantFrom("👍", "🏳️‍🌈")
    const images = fc.subarray([...cast.images]).map((keys) => keys.map((key) => ({ key, alt: "a cat" })))
    const replyTo = fc.option(fc.constantFrom(...cast.messages), { nil: null, freq: 2 })
    return fc.oneof(
      { weight: 8, arbitrary: tagged("PostMessage", { room, message, text: arbitraryText, images, replyTo }) },
      { weight: 4, arbitrary: tagged("EditMessage", { room, message, text: arbitraryText }) },
      { weight: 2, arbitrary: tagged("RemoveMessage", { room, message }) },
      { weight: 2, arbitrary: tagged("RestoreMessage", { room, message }) },
      { weight: 4, arbitrary: tagged("React", { room, message, emoji }) },
      { weight: 3, arbitrary: tagged("Unreact", { room, message, emoji }) },
    )
  })

const often = <T>(weight: number, one: T, all: ReadonlyArray<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(one) }, { weight: 1, arbitrary: fc.constantFrom(...all) })

const tagged = <Tag extends Command["_tag"], Fields>(
  tag: Tag,
  fields: { readonly [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
): fc.Arbitrary<{ readonly _tag: Tag } & Fields> =>
  fc.record(fields).map((values) => ({ _tag: tag, ...(values as Fields) }))

const imageOf = (key: MediaKey): StoredImage => ({ key, type: "image/png", width: 4, height: 3, bytes: 68 })
