import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Schema } from "effect"
import { natureOf } from "./event.ts"
import { ActivityItem, DeliveredEvent, FeedItem, FollowQuery, RoomEvent } from "./feed.ts"
import { Profile, Session, SignIn } from "./identity.ts"
import { StoredImage } from "./media.ts"
import { HistoryPage, HistoryQuery, MessageView, messageCommands, messageEvents, NoticeView } from "./message.ts"
import { openApi } from "./openapi.ts"
import { presenceEvents, Typing } from "./presence.ts"
import { Attend, Device, NoticeRule, PushNotification } from "./push.ts"
import { Rejection } from "./rejections.ts"
import { Member, Receipt, RoomSummary, roomCommands, roomEvents } from "./room.ts"

type Named = Readonly<Record<string, Schema.Top>>
type Tagged = Schema.Top & { readonly fields: { readonly _tag: { readonly schema: { readonly literal: string } } } }
type Json = Readonly<Record<string, unknown>>

const byTag = (schemas: ReadonlyArray<Tagged>): Named =>
  Object.fromEntries(schemas.map((schema) => [schema.fields._tag.schema.literal, schema]))

const events = byTag([...roomEvents, ...messageEvents, ...presenceEvents])
const views = {
  Session,
  SignIn,
  Profile,
  RoomSummary,
  Member,
  Receipt,
  MessageView,
  NoticeView,
  HistoryQuery,
  HistoryPage,
  StoredImage,
  Typing,
  RoomEvent,
  DeliveredEvent,
  FollowQuery,
  FeedItem,
  ActivityItem,
  Device,
  NoticeRule,
  Attend,
  PushNotification,
}

/** The JSON Schema documents of everything that crosses a boundary, and the OpenAPI document of old clients, by file name. */
export const documents = (): Readonly<Record<string, Json>> => ({
  "events.json": document("What can happen", events, (name) => {
    const { kind, version } = natureOf(events[name]!)
    return { description: kind === "durable" ? `Stored for ever; version ${version}` : "Told and not stored" }
  }),
  "commands.json": document("What can be asked", byTag([...roomCommands, ...messageCommands])),
  "views.json": document("What is read and sent", views),
  "openapi.json": openApi(),
  "rejections.json": document("Why something is refused", byTag(Object.values(Rejection.cases))),
})

/** A document as it is kept in a file. */
export const printed = (document: Json): string => `${JSON.stringify(document, null, 2)}\n`

/** Where the documents are kept. */
export const folder = join(import.meta.dirname, "../json")

const document = (title: string, schemas: Named, about: (name: string) => Json = () => ({})): Json => {
  const named = Object.entries(schemas).map(([name, schema]) => schema.annotate({ identifier: name }))
  const { definitions } = Schema.toJsonSchemaDocument(Schema.Union(named))
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    anyOf: Object.keys(schemas).map((name) => ({ $ref: `#/$defs/${name}` })),
    $defs: Object.fromEntries(
      Object.entries(definitions).map(([name, definition]) => [
        name,
        name in schemas ? { ...definition, ...about(name) } : definition,
      ]),
    ),
  }
}

if (import.meta.main) {
  mkdirSync(folder, { recursive: true })
  for (const [file, content] of Object.entries(documents())) writeFileSync(join(folder, file), printed(content))
}
