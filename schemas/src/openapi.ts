import { Schema } from "effect"
import { type OldWord, oldWords } from "./legacy.ts"

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of the REST surface that Roomlog took over. */
export const openApi = (): Json => ({
  openapi: "3.1.0",
  info: {
    title: "Roomlog for old clients",
    version: "1.0.0",
    description:
      "The REST routes of the application that Roomlog took over, with their old names, shapes and status codes. " +
      "Every path may be asked with or without the slash at its end. What is posted here is told to everybody in the " +
      "room at once. A session is the cookie that `POST /` sets, or a bearer token.",
  },
  servers: [{ url: "/" }],
  security: [{}, { session: [] }, { token: [] }],
  paths: {
    "/": {
      post: {
        summary: "Sign in and enter a room",
        description: "Sets the session cookie. The room is made when it is new.",
        requestBody: taking("Entering", ["application/x-www-form-urlencoded", "multipart/form-data"]),
        responses: {
          302: { description: "Come in: the chat page of the room is at Location", headers: { Location: header } },
          ...shownOnAPage(400, "What was typed cannot be used; the page says why and keeps it"),
          ...shownOnAPage(413, "The form is too large"),
          ...shownOnAPage(415, "Not a form"),
          ...shownOnAPage(429, "Too many sign-ins from this address"),
        },
      },
    },
    "/chat/{room}/history/": {
      parameters: [room],
      get: {
        summary: "A page of a room's lines, for the chat page",
        parameters: pages,
        responses: { ...telling(200, "History"), ...badCursor, ...notFound },
      },
      options: about,
    },
    "/api/chat/{room}/messages/": {
      parameters: [room],
      get: {
        summary: "A page of a room's lines",
        description:
          "`next` goes on from the last line by `before`, so that nothing is repeated or left out while people write. " +
          "Pages by number are there as they were, and drift.",
        parameters: pages,
        responses: { ...telling(200, "Page"), ...badCursor, ...notFound },
      },
      post: {
        summary: "Say something in a room",
        description:
          "With a session its person speaks. Without one the named guest speaks, unless somebody signed in has that name. " +
          "With a text and an image two lines are made, and the image's is answered.",
        parameters: [once],
        requestBody: taking("Posting"),
        responses: {
          ...telling(201, "Line"),
          ...refusals,
          ...notFound,
          ...mayNot,
          ...telling(409, "Detail"),
          ...tooBusy,
        },
      },
      options: about,
    },
    "/api/rooms/": {
      get: {
        summary: "Rooms that you may read",
        description: "The newest 1,000; when there are more, the header Link names where they go on.",
        parameters: [query("before", "Only rooms older than the one with this id")],
        responses: { ...telling(200, "Rooms"), ...badCursor },
      },
      post: {
        summary: "Make a public room",
        description: "Without a session and without a `username` nobody owns it until the first person joins.",
        parameters: [once],
        requestBody: taking("Naming"),
        responses: { ...telling(201, "Room"), ...refusals, ...mayNot, ...telling(409, "Detail") },
      },
      options: about,
    },
    "/api/save-token/": {
      post: {
        summary: "Keep where your phone is told of messages",
        requestBody: taking("Token"),
        responses: { ...telling(200, "Done"), ...mayNot, ...refusals },
      },
      options: about,
    },
    "/api/openapi.json": {
      get: {
        summary: "This document",
        responses: {
          200: { description: "The document", content: { "application/json": { schema: { type: "object" } } } },
        },
      },
    },
    "/api/": {
      get: { summary: "This document for people", responses: shownOnAPage(200, "The page") },
    },
  },
  components: {
    schemas: schemas(),
    securitySchemes: {
      session: { type: "apiKey", in: "cookie", name: "roomlog_session" },
      token: { type: "http", scheme: "bearer" },
    },
  },
})

const header = { schema: { type: "string" } }
const room = {
  name: "room",
  in: "path",
  required: true,
  description: "Name of the room; large letters count as small ones",
  schema: { type: "string" },
}
const once = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "1 to 255 visible characters of your choice. Sent again with the same, it is answered again and done once.",
  schema: { type: "string" },
}

function query(name: string, description: string): Json {
  return { name, in: "query", description, schema: { type: "integer" } }
}

const pages = [
  query("page", "Number of the page, from 1; `last` is the oldest"),
  query("page_size", "Lines of a page, 20 unless told otherwise, at most 100"),
  query("before", "Only lines older than the one with this id; does not go together with `page`"),
]

const meanings: Readonly<Record<number, string>> = {
  200: "Done",
  201: "Made",
  400: "Something about the fields or the form cannot be used",
  401: "The token is not valid, or not any more",
  403: "Not without a session, or not for you",
  404: "No such room or page, or none that you may read",
  409: "The Idempotency-Key was used for something else",
  413: "The body is too large",
  415: "The body's type or encoding is not taken",
  429: "Too many at once; the header Retry-After says when to come again",
  503: "Too busy, or not available here",
}

function telling(status: number, ...words: ReadonlyArray<OldWord>): Json {
  const schema = words.length === 1 ? ref(words[0]!) : { anyOf: words.map(ref) }
  return { [status]: { description: meanings[status], content: { "application/json": { schema } } } }
}

function ref(word: OldWord): Json {
  return { $ref: `#/components/schemas/${word}` }
}

function shownOnAPage(status: number, description: string): Json {
  return { [status]: { description, content: { "text/html": { schema: { type: "string" } } } } }
}

function taking(word: OldWord, types: ReadonlyArray<string> = bodies): Json {
  const schemaOf = (type: string): Json => {
    const takesFile = word === "Posting" && type === "multipart/form-data"
    return takesFile ? { $ref: "#/components/schemas/PostingForm" } : ref(word)
  }
  return { required: true, content: Object.fromEntries(types.map((type) => [type, { schema: schemaOf(type) }])) }
}

/** What the old routes read. */
const bodies = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
const notFound = telling(404, "Detail")
const badCursor = { ...telling(400, "Problems"), ...telling(401, "Detail"), ...telling(403, "Detail") }
const mayNot = telling(403, "Detail")
const tooBusy = telling(503, "Detail")
const refusals = {
  ...telling(400, "Problems", "Detail"),
  ...telling(401, "Detail"),
  ...telling(413, "Detail"),
  ...telling(415, "Detail"),
  ...telling(429, "Detail"),
}
const about = { summary: "What the route reads and writes", responses: telling(200, "About") }

/** The words' schemas, with references as OpenAPI writes them. */
function schemas(): Json {
  const { definitions } = Schema.toJsonSchemaDocument(Schema.Union(Object.values(oldWords)))
  const words = JSON.parse(JSON.stringify(definitions).replaceAll("#/$defs/", "#/components/schemas/"))
  const { properties, ...posting } = words.Posting
  const image = { type: "string", contentMediaType: "application/octet-stream", description: "The file of an image" }
  const PostingForm = { ...posting, properties: { ...properties, image } }
  return Object.fromEntries(
    Object.entries(words).flatMap(([name, word]) => [
      [name, word],
      ...(name === "Posting" ? [["PostingForm", PostingForm]] : []),
    ]),
  )
}
