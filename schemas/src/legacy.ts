import { Schema } from "effect"

/** The words of the REST surface that Roomlog took over. Field names are the old ones, for ever. */
const named = <S extends Schema.Top>(identifier: string, description: string, schema: S) =>
  schema.annotate({ identifier, description })

/** A text or an image, as old clients know messages: a message with both is several lines. */
export const OldLine = named(
  "Line",
  "A text or one image. A message with both is several lines: the text, then each image.",
  Schema.Struct({
    id: Schema.Int.annotate({ description: "Stable and unique; a newer line of a room has a larger one" }),
    room: Schema.Int,
    username: Schema.String,
    content: Schema.NullOr(Schema.String).annotate({ description: "Null for an image" }),
    image: Schema.NullOr(Schema.String).annotate({ description: "Path of the image, null for a text" }),
    content_type: Schema.Literals(["text", "image"]),
    timestamp: Schema.String.annotate({ description: "ISO 8601 in UTC, with milliseconds" }),
  }),
)
export type OldLine = typeof OldLine.Type

const Address = Schema.NullOr(Schema.String).annotate({ description: "Absolute address, or null when there is none" })

export const OldPage = named(
  "Page",
  "A page of a room's lines, newest first.",
  Schema.Struct({
    count: Schema.Int.annotate({ description: "Lines in the room" }),
    next: Address,
    previous: Address,
    results: Schema.Array(OldLine),
  }),
)
export type OldPage = typeof OldPage.Type

export const OldHistory = named(
  "History",
  "A page of a room's lines, newest first, as the old chat page reads it.",
  Schema.Struct({ messages: Schema.Array(OldLine), has_next: Schema.Boolean }),
)
export type OldHistory = typeof OldHistory.Type

export const OldRoom = named(
  "Room",
  "A room.",
  Schema.Struct({ id: Schema.Int, name: Schema.String, created_at: Schema.String }),
)
export type OldRoom = typeof OldRoom.Type

export const OldRooms = named("Rooms", "Rooms, newest first.", Schema.Array(OldRoom))

export const OldPosting = named(
  "Posting",
  "Something to say. A text, or the file of an image in a multipart form, or both.",
  Schema.Struct({
    username: Schema.String.annotate({
      description: "Who speaks; with a session, its person speaks whatever stands here",
    }),
    content: Schema.optionalKey(Schema.NullOr(Schema.String)),
    content_type: Schema.optionalKey(Schema.Literals(["text", "image"])),
    image: Schema.optionalKey(Schema.Null).annotate({ description: "A file, in a multipart form" }),
  }),
)

export const OldNaming = named(
  "Naming",
  "A room to make.",
  Schema.Struct({
    name: Schema.String,
    username: Schema.optionalKey(Schema.String).annotate({ description: "Who makes it, when there is no session" }),
  }),
)

export const OldEntering = named(
  "Entering",
  "Who comes, and where to. The room is made when it is new.",
  Schema.Struct({ username: Schema.String, room_name: Schema.String }),
)

export const OldToken = named(
  "Token",
  "A registration token of Firebase Cloud Messaging.",
  Schema.Struct({ token: Schema.String }),
)

export const OldDone = named("Done", "It was done.", Schema.Struct({ status: Schema.Literal("ok") }))

export const OldDetail = named("Detail", "Why not, in a sentence.", Schema.Struct({ detail: Schema.String }))

export const OldProblems = named(
  "Problems",
  "Why not, by field.",
  Schema.Record(Schema.String, Schema.Array(Schema.String)),
)

export const OldAbout = named(
  "About",
  "What a route reads and writes.",
  Schema.Struct({
    name: Schema.String,
    description: Schema.String,
    renders: Schema.Array(Schema.String),
    parses: Schema.Array(Schema.String),
  }),
)

/** All of them, by the names that they have in the OpenAPI document. */
export const oldWords = {
  Line: OldLine,
  Page: OldPage,
  History: OldHistory,
  Room: OldRoom,
  Rooms: OldRooms,
  Posting: OldPosting,
  Naming: OldNaming,
  Entering: OldEntering,
  Token: OldToken,
  Done: OldDone,
  Detail: OldDetail,
  Problems: OldProblems,
  About: OldAbout,
}
export type OldWord = keyof typeof oldWords
