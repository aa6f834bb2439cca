import { png } from "./pixels.ts"
import { type Ask, address, id, image, type Recorded, time } from "./recording.ts"

const lobby = "/api/chat/lobby/messages/"
const text = (name: string, username: string, content: string) => ({
  id: id(name),
  room: id("lobby"),
  username,
  content,
  image: null,
  content_type: "text",
  timestamp: time,
})
const picture = (name: string, username: string) => ({
  ...text(name, username, ""),
  content: null,
  image,
  content_type: "image",
})
const page = (count: number, results: ReadonlyArray<unknown>, links: object = {}) => ({
  count,
  next: null,
  previous: null,
  ...links,
  results,
})
const ok = (body: unknown) => ({ status: 200, headers: { "content-type": "application/json" }, body })
const made = (body: unknown) => ({ ...ok(body), status: 201 })
const no = (status: number, body: unknown) => ({ ...ok(body), status })
const wrong = (body: unknown) => no(400, body)
const post = (path: string, json: unknown): Ask => ({ method: "POST", path, json })

/** An image of 2 x 2 pixels. */
export const pixels = new Blob([png(2, 2)], { type: "image/png" })

/** One conversation, from the first visitor on. */
export const conversation: ReadonlyArray<Recorded> = [
  { what: "nobody was here yet", ask: { path: "/api/rooms/" }, answer: ok([]) },
  {
    what: "the sign-in form leads to the room, in small letters, with a session",
    ask: { method: "POST", path: "/", form: { username: "Alice", room_name: "Lobby" }, as: "Alice" },
    answer: {
      status: 302,
      headers: {
        location: "/chat/lobby/",
        "set-cookie": /^roomlog_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax/,
      },
    },
  },
  {
    what: "the room is there",
    ask: { path: "/api/rooms/" },
    answer: ok([{ id: id("lobby"), name: "lobby", created_at: time }]),
  },
  { what: "an empty room is one empty page", ask: { path: lobby }, answer: ok(page(0, [])) },
  {
    what: "and so it is for the chat page",
    ask: { path: "/chat/lobby/history/" },
    answer: ok({ messages: [], has_next: false }),
  },
  {
    what: "a script says something in JSON",
    ask: post(lobby, { username: "Bob", content: "Hello World", content_type: "text" }),
    answer: made(text("hello", "Bob", "Hello World")),
  },
  {
    what: "in a form, with spaces around",
    ask: { method: "POST", path: lobby, form: { username: " Bob ", content: "  how are you?\n" } },
    answer: made(text("how", "Bob", "how are you?")),
  },
  {
    what: "in a multipart form, without the slash",
    ask: {
      method: "POST",
      path: lobby.slice(0, -1),
      multipart: { username: "Bob", content: "<b>fine</b> & \u00fc\u{1f600}" },
    },
    answer: made(text("fine", "Bob", "<b>fine</b> & \u00fc\u{1f600}")),
  },
  {
    what: "an image",
    ask: { method: "POST", path: lobby, multipart: { username: "Bob", content_type: "image", image: pixels } },
    answer: made(picture("picture", "Bob")),
  },
  {
    what: "a number is a text too",
    ask: post(lobby, { username: "Bob", content: 42, image: null }),
    answer: made(text("number", "Bob", "42")),
  },
  {
    what: "with a session its person speaks, whatever name is said",
    ask: { ...post(lobby, { username: "Mallory", content: "It is me" }), as: "Alice" },
    answer: made(text("me", "Alice", "It is me")),
  },
  {
    what: "a text with an image is two lines, of which the image is answered",
    ask: { method: "POST", path: lobby, multipart: { username: "Bob", content: "Look", image: pixels } },
    answer: made(picture("looked", "Bob")),
  },
  {
    what: "everything, newest first",
    ask: { path: lobby },
    answer: ok(
      page(8, [
        picture("looked", "Bob"),
        text("look", "Bob", "Look"),
        text("me", "Alice", "It is me"),
        text("number", "Bob", "42"),
        picture("picture", "Bob"),
        text("fine", "Bob", "<b>fine</b> & \u00fc\u{1f600}"),
        text("how", "Bob", "how are you?"),
        text("hello", "Bob", "Hello World"),
      ]),
    ),
  },
  {
    what: "the first page; its next one does not drift, and keeps what else was asked",
    ask: { path: `${lobby}?page_size=3&format=json` },
    answer: ok(
      page(8, [picture("looked", "Bob"), text("look", "Bob", "Look"), text("me", "Alice", "It is me")], {
        next: address(`${lobby}?before={me}&format=json&page_size=3`),
      }),
    ),
  },
  {
    what: "the second page by number",
    ask: { path: `${lobby}?page=2&page_size=3` },
    answer: ok(
      page(
        8,
        [text("number", "Bob", "42"), picture("picture", "Bob"), text("fine", "Bob", "<b>fine</b> & \u00fc\u{1f600}")],
        { next: address(`${lobby}?before={fine}&page_size=3`), previous: address(`${lobby}?page_size=3`) },
      ),
    ),
  },
  {
    what: "the third, which is the last",
    ask: { path: `${lobby}?page=last&page_size=3` },
    answer: ok(
      page(8, [text("how", "Bob", "how are you?"), text("hello", "Bob", "Hello World")], {
        previous: address(`${lobby}?page=2&page_size=3`),
      }),
    ),
  },
  {
    what: "before a line that shares its message with another one",
    ask: { path: `${lobby}?before={looked}&page_size=1` },
    answer: ok(page(8, [text("look", "Bob", "Look")], { next: address(`${lobby}?before={look}&page_size=1`) })),
  },
  {
    what: "before the oldest is nothing",
    ask: { path: `${lobby}?before={hello}` },
    answer: ok(page(8, [])),
  },
  {
    what: "the chat page reads pages too",
    ask: { path: "/chat/lobby/history/?page=4&page_size=2" },
    answer: ok({
      messages: [text("how", "Bob", "how are you?"), text("hello", "Bob", "Hello World")],
      has_next: false,
    }),
  },
  {
    what: "and goes on before a line",
    ask: { path: "/chat/lobby/history?before={how}&page_size=2" },
    answer: ok({ messages: [text("hello", "Bob", "Hello World")], has_next: false }),
  },
  {
    what: "has_next says that there is more",
    ask: { path: "/chat/Lobby/history/?page=1&page_size=1" },
    answer: ok({ messages: [picture("looked", "Bob")], has_next: true }),
  },
  {
    what: "there is no page 5",
    ask: { path: `${lobby}?page=5&page_size=2` },
    answer: no(404, { detail: "Invalid page." }),
  },
  {
    what: "nor for the chat page",
    ask: { path: "/chat/lobby/history/?page=5&page_size=2" },
    answer: no(404, { detail: "Invalid page." }),
  },
  { what: "an unknown room", ask: { path: "/api/chat/nowhere/messages/" }, answer: no(404, { detail: "Not found." }) },
  {
    what: "speaking in an unknown room",
    ask: post("/api/chat/nowhere/messages/", { username: "Bob", content: "Hello?" }),
    answer: no(404, { detail: "Not found." }),
  },
  {
    what: "nobody speaks",
    ask: post(lobby, { content: "Hello" }),
    answer: wrong({ username: ["This field is required."] }),
  },
  { what: "nothing at all", ask: post(lobby, {}), answer: wrong({ username: ["This field is required."] }) },
  {
    what: "a name that somebody signed in has",
    ask: post(lobby, { username: "alice", content: "Hello" }),
    answer: wrong({ username: ['Somebody is here as "alice" already. Try "alice 2".'] }),
  },
  {
    what: "a new room",
    ask: post("/api/rooms/", { name: " Games " }),
    answer: made({ id: id("games"), name: "games", created_at: time }),
  },
  {
    what: "the same again",
    ask: post("/api/rooms", { name: "games" }),
    answer: wrong({ name: ["room with this name already exists."] }),
  },
  { what: "a room without a name", ask: post("/api/rooms/", {}), answer: wrong({ name: ["This field is required."] }) },
  {
    what: "rooms, newest first",
    ask: { path: "/api/rooms" },
    answer: ok([
      { id: id("games"), name: "games", created_at: time },
      { id: id("lobby"), name: "lobby", created_at: time },
    ]),
  },
  {
    what: "a phone of nobody",
    ask: post("/api/save-token/", { token: "fcm:token" }),
    answer: no(403, { detail: "Authentication credentials were not provided." }),
  },
  {
    what: "Alice's phone",
    ask: { ...post("/api/save-token/", { token: "fcm:token" }), as: "Alice" },
    answer: ok({ status: "ok" }),
  },
  {
    what: "a phone without a token",
    ask: { ...post("/api/save-token/", {}), as: "Alice" },
    answer: wrong({ token: ["This field is required."] }),
  },
  {
    what: "a method that is not",
    ask: { method: "DELETE", path: lobby },
    answer: {
      status: 405,
      headers: { allow: "GET, POST, HEAD, OPTIONS" },
      body: { detail: 'Method "DELETE" not allowed.' },
    },
  },
  {
    what: "JSON that is not",
    ask: {
      method: "POST",
      path: lobby,
      headers: { "content-type": "application/json" },
      json: new Blob(["{username:"]),
    },
    answer: wrong({ detail: "JSON parse error - the body is not JSON." }),
  },
  {
    what: "a type that nobody reads",
    ask: { method: "POST", path: lobby, headers: { "content-type": "text/plain" }, json: new Blob(["hello"]) },
    answer: no(415, { detail: 'Unsupported media type "text/plain" in request.' }),
  },
  {
    what: "what may be done here",
    ask: { method: "OPTIONS", path: lobby },
    answer: {
      status: 200,
      headers: { allow: "GET, POST, HEAD, OPTIONS" },
      body: {
        name: "Message List Create",
        description: "",
        renders: ["application/json"],
        parses: ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
      },
    },
  },
]
