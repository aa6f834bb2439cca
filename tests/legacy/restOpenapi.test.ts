import { request } from "node:http"
import { openApi } from "@roomlog/schemas"
import { startRoomlog, type TestRoomlog } from "@roomlog/testing"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { faults, type JsonSchema } from "./jsonSchema.ts"

interface Documented {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}
interface Operation {
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: JsonSchema }>> }>>
}

/** What to send for an answer; a function where something must happen first. */
type Ask = Sent | ((there: There) => Promise<Sent>)
interface Sent {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | URLSearchParams
  /** The server on which almost everything is too often. */
  readonly strict?: true
  /** The server that wants a session of everybody. */
  readonly closed?: true
}
interface There {
  readonly ann: string
  readonly strictAnn: string
  readonly send: (method: string, path: string, sent: Sent) => Promise<Response>
}

const json = (words: unknown): Sent => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(words),
})
const as = (token: string, sent: Sent): Sent => ({
  ...sent,
  headers: { ...sent.headers, authorization: `Bearer ${token}` },
})
const nobody = as("x".repeat(43), {})
const tooLarge = json({ username: "a".repeat(70_000) })
const notRead: Sent = { headers: { "content-type": "text/plain" }, body: "hello" }
const hello = json({ username: "Bo", content: "hello" })
const entering = (username: string): Sent => ({ body: new URLSearchParams({ username, room_name: "lobby" }) })
const twice =
  (method: string, path: string, first: Sent, second: Sent = first) =>
  async ({ send }: There): Promise<Sent> => {
    await send(method, path, first)
    return second
  }
const withKey = (sent: Sent): Sent => ({ ...sent, headers: { ...sent.headers, "idempotency-key": "key" } })
const history = "/chat/{room}/history/"
const messages = "/api/chat/{room}/messages/"
const nowhere = (path: string): Sent => ({ path: path.replace("{room}", "nowhere") })

/** How to get each answer that the document names. */
const ways: Readonly<Record<string, Ask>> = {
  "post / 302": entering("Cleo"),
  "post / 400": entering("System"),
  "post / 413": { body: new URLSearchParams({ username: "a".repeat(70_000) }) },
  "post / 415": notRead,
  "post / 429": twice("POST", "/", { ...entering("Dan"), strict: true }, { ...entering("Eli"), strict: true }),
  [`get ${history} 200`]: {},
  [`get ${history} 400`]: { path: `${history}?before=x` },
  [`get ${history} 401`]: nobody,
  [`get ${history} 403`]: { closed: true },
  [`get ${history} 404`]: nowhere(history),
  [`options ${history} 200`]: {},
  [`get ${messages} 200`]: {},
  [`get ${messages} 400`]: { path: `${messages}?before=x` },
  [`get ${messages} 401`]: nobody,
  [`get ${messages} 403`]: { closed: true },
  [`get ${messages} 404`]: { path: `${messages}?page=99` },
  [`post ${messages} 201`]: hello,
  [`post ${messages} 400`]: json({ username: "Bo" }),
  [`post ${messages} 401`]: { ...hello, ...nobody },
  [`post ${messages} 403`]: { ...hello, headers: { ...hello.headers, origin: "https://elsewhere.example" } },
  [`post ${messages} 404`]: { ...hello, ...nowhere(messages) },
  [`post ${messages} 409`]: twice(
    "POST",
    messages,
    withKey(hello),
    withKey(json({ username: "Bo", content: "other" })),
  ),
  [`post ${messages} 413`]: tooLarge,
  [`post ${messages} 415`]: notRead,
  [`post ${messages} 429`]: twice(
    "POST",
    messages,
    { ...hello, strict: true },
    { ...json({ username: "Di", content: "x" }), strict: true },
  ),
  // A test of its own.
  [`post ${messages} 503`]: {},
  [`options ${messages} 200`]: {},
  "get /api/rooms/ 200": {},
  "get /api/rooms/ 400": { path: "/api/rooms/?before=x" },
  "get /api/rooms/ 401": nobody,
  "get /api/rooms/ 403": { closed: true },
  "post /api/rooms/ 201": json({ name: "garden" }),
  "post /api/rooms/ 400": json({ name: "lobby" }),
  "post /api/rooms/ 401": { ...json({ name: "garden" }), ...nobody },
  "post /api/rooms/ 403": { ...json({ name: "x" }), closed: true },
  "post /api/rooms/ 409": twice(
    "POST",
    "/api/rooms/",
    withKey(json({ name: "a", username: "Bo" })),
    withKey(json({ name: "b", username: "Bo" })),
  ),
  "post /api/rooms/ 413": tooLarge,
  "post /api/rooms/ 415": notRead,
  "post /api/rooms/ 429": twice(
    "POST",
    "/api/rooms/",
    { ...json({ name: "a", username: "Bo" }), strict: true },
    { ...json({ name: "c", username: "Flo" }), strict: true },
  ),
  "options /api/rooms/ 200": {},
  "post /api/save-token/ 200": async ({ ann }) => as(ann, json({ token: "a:b" })),
  "post /api/save-token/ 400": async ({ ann }) => as(ann, json({})),
  "post /api/save-token/ 401": nobody,
  "post /api/save-token/ 403": json({ token: "a:b" }),
  "post /api/save-token/ 413": async ({ ann }) => as(ann, json({ token: "a".repeat(70_000) })),
  "post /api/save-token/ 415": async ({ ann }) => as(ann, notRead),
  "post /api/save-token/ 429": async ({ strictAnn, send }) => {
    const sent: Sent = { ...as(strictAnn, json({ token: "a:b" })), strict: true }
    for (const _ of ["first", "second"]) await send("POST", "/api/save-token/", sent)
    return sent
  },
  "options /api/save-token/ 200": {},
  "get /api/openapi.json 200": {},
  "get /api/ 200": {},
}

describe("the OpenAPI document", () => {
  const { paths, components } = openApi() as unknown as Documented
  const documented = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { responses }]) =>
      Object.keys(responses ?? {}).map((status) => `${method} ${path} ${status}`),
    ),
  )
  let roomlog: TestRoomlog
  let strict: TestRoomlog
  let closed: TestRoomlog
  let there: There
  const send = (method: string, path: string, sent: Sent): Promise<Response> => {
    const { headers = {}, body } = sent
    const server = sent.strict ? strict : sent.closed ? closed : roomlog
    const url = server.url + (sent.path ?? path).replace("{room}", "lobby")
    return fetch(url, { method, headers, redirect: "manual", ...(body === undefined ? {} : { body }) })
  }

  beforeAll(async () => {
    const rates = { RATE_OLD_JOINS: "1/1000", RATE_SIGN_INS: "2/1000", RATE_POSTS: "2/1000" }
    roomlog = await startRoomlog({ settings: { LOG_LEVEL: "error" } })
    strict = await startRoomlog({ settings: { LOG_LEVEL: "error", ...rates } })
    closed = await startRoomlog({ settings: { LOG_LEVEL: "error", OLD_CLIENTS: "token" } })
    const tokenOn = async (url: string) => {
      const form = new URLSearchParams({ username: "Ann", room_name: "lobby" })
      const answer = await fetch(url, { method: "POST", redirect: "manual", body: form })
      return /roomlog_session=([\w-]+)/.exec(answer.headers.get("set-cookie") ?? "")![1]!
    }
    there = { ann: await tokenOn(roomlog.url), strictAnn: await tokenOn(strict.url), send }
  })
  afterAll(async () => {
    await roomlog[Symbol.asyncDispose]()
    await strict[Symbol.asyncDispose]()
    await closed[Symbol.asyncDispose]()
  })

  test("is tried as a whole", () => expect(Object.keys(ways).sort()).toEqual(documented.toSorted()))
  test("is served as it is checked in", async () =>
    expect(await (await send("GET", "/api/openapi.json", {})).json()).toEqual(openApi()))

  test.each(documented.filter((one) => !one.endsWith("503")))("%s", async (one) => {
    const [method = "", path = "", status = ""] = one.split(" ")
    const way = ways[one]!
    const sent = typeof way === "function" ? await way(there) : way
    await answersAs(await send(method.toUpperCase(), path, sent), paths[path]![method]!, Number(status))
  })

  test("is read by people without any script", async () => {
    const answer = await send("GET", "/api/", {})
    const page = await answer.text()
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(page).not.toMatch(/<script|<link|https?:\/\/|javascript:| on\w+=/i)
    for (const path of Object.keys(paths)) expect(page).toContain(`<code>${path}</code>`)
  })

  test("more uploads at once than there is room for are told to wait, and the room is given back", async () => {
    const { hostname, port } = new URL(roomlog.url)
    const open = (bytes: number) => {
      const headers = { "content-type": "multipart/form-data; boundary=b", "content-length": 20 * 1024 * 1024 }
      const asking = request({ hostname, port, method: "POST", path: "/api/chat/lobby/messages/", headers })
      asking.on("error", () => undefined)
      return new Promise<typeof asking>((resolve) => asking.write(Buffer.alloc(bytes), () => resolve(asking)))
    }
    const others = await Promise.all([1, 2, 3].map(() => open(20 * 1024 * 1024 - 1)))
    const form = () => {
      const body = new FormData()
      body.append("username", "Bo")
      body.append("content", "a".repeat(1_000_000))
      return fetch(`${roomlog.url}/api/chat/lobby/messages/`, { method: "POST", body })
    }
    await expect.poll(async () => (await form()).status).toBe(503)
    const asked = await form()
    for (const other of others) other.destroy()
    await answersAs(asked, paths[messages]!["post"]!, 503)
    await expect.poll(async () => (await form()).status).toBe(400)
  })

  const answersAs = async (answer: Response, { responses }: Operation, status: number) => {
    const text = await answer.text()
    expect({ status: answer.status, text }).toEqual({ status, text })
    const [type, content] = Object.entries(responses?.[status]?.content ?? {})[0] ?? []
    if (type === undefined) return expect(text).toBe("")
    expect(answer.headers.get("content-type")).toContain(type)
    if (type === "application/json") expect(faults(JSON.parse(text), content!.schema, components.schemas)).toEqual([])
    return undefined
  }
})
