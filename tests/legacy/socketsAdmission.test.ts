import { get } from "node:http"
import { startRoomlog, type TestRoomlog } from "@roomlog/testing"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { OldClient, type OldClientOptions, versions } from "./sockets.ts"

const open: OldClient[] = []
afterEach(() => {
  for (const client of open.splice(0)) client.close()
})
const start = (mode: string): Promise<TestRoomlog> =>
  startRoomlog({ settings: { LOG_LEVEL: "silent", OLD_CLIENTS: mode } })
const old = (options: OldClientOptions): OldClient => {
  const client = new OldClient(options)
  open.push(client)
  return client
}

/** The ways in which a client can bring the token of its session. */
const proofs = [
  ["a bearer token", (token: string) => ({ headers: { authorization: `Bearer ${token}` } })],
  ["the cookie", (token: string) => ({ headers: { cookie: `a=b; roomlog_session=${token}` } })],
  ["auth.token", (token: string) => ({ auth: { token } })],
] as const
const withProofs = versions.flatMap((version) =>
  proofs.filter(([by]) => version > 2 || by !== "auth.token").map(([by, proof]) => ({ version, by, proof })),
)

describe("where old clients are let in", () => {
  let server: TestRoomlog
  beforeAll(async () => {
    server = await start("on")
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each(withProofs)("who is behind $by speaks, whatever a client of version $version says", async (kind) => {
    const { version, by, proof } = kind
    const name = `Rita ${version} ${by}`
    const { token } = await server.client().signIn(name)
    const [rita, witness] = [old({ url: server.url, version, ...proof(token) }), old({ url: server.url, version })]
    const room = `proof ${version} ${by}`
    await witness.join(`Witness ${version} ${by}`, room)
    for (const said of ["Somebody else", "System", "Rita\u202e", "x".repeat(500)]) {
      expect(await rita.join(said, room)).toBe(true)
      expect(await rita.send({ message: `not ${said.slice(0, 20)}` })).toBe(true)
      await witness.hears(`${name}: not ${said.slice(0, 20)}`)
    }
    expect(witness.told.filter((words) => words.startsWith(name))).toEqual([`${name} has joined the room`])
    expect(await rita.ask("join", { room })).toBe(false)
  })

  test("a session that ends takes the room away, and the next join is a guest's", async () => {
    const sam = server.client()
    const { token } = await sam.signIn("Sam")
    const client = old({ url: server.url, version: 4, auth: { token } })
    await client.join("whoever", "ends")
    expect(await client.send({ message: "before" })).toBe(true)
    await sam.signOut()
    await client.hears("System: You are not signed in")
    expect(await client.send({ message: "after" })).toBe(false)
    expect(await client.join("Sammy", "ends")).toBe(true)
    expect(await client.send({ message: "as a guest" })).toBe(true)
    await client.hears("Sammy: as a guest")
  })

  test("a person may hear a private room that they are a member of, and a guest of that name may not", async () => {
    const una = server.client()
    const { token } = await una.signIn("Una")
    await una.rooms.create({ name: "cabin", visibility: "private" })
    const [hers, guest] = [old({ url: server.url, version: 4, auth: { token } }), old({ url: server.url, version: 4 })]
    expect(await hers.join("Una", "cabin")).toBe(true)
    expect(await guest.join("Guest", "cabin")).toBe(false)
    expect(await hers.send({ message: "alone" })).toBe(true)
    await hers.hears("Una: alone")
    expect(guest.said).toEqual([])
  })

  test.each(["expired-or-never-there-at-all", "short", "", 7])(
    "a token that is none (%j) makes a guest",
    async (token) => {
      const client = old({ url: server.url, version: 4, auth: { token } })
      expect(await client.join("Gustav", "guests")).toBe(true)
      client.close()
    },
  )
})

describe("where a token is demanded", () => {
  let server: TestRoomlog
  beforeAll(async () => {
    server = await start("token")
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each(withProofs)("a client of version $version with $by comes in", async ({ version, by, proof }) => {
    const { token } = await server.client().signIn(`Wim ${version} ${by}`)
    const wim = old({ url: server.url, version, ...proof(token) })
    expect(await wim.join("whoever", "members only")).toBe(true)
    expect(await wim.send({ message: `by ${by}` })).toBe(true)
    await wim.hears(`Wim ${version} ${by}: by ${by}`)
  })

  test.each(versions)("a client of version %s without one is told why not", async (version) => {
    const nobody = old({ url: server.url, version })
    expect(await nobody.refused).toMatch(/^Only who is signed in may come in here/)
    const wrong = old({ url: server.url, version, headers: { authorization: `Bearer ${"x".repeat(43)}` } })
    expect(await wrong.refused).toMatch(/^Only who is signed in/)
  })

  test("when the session ends, the client is out until it brings another", async () => {
    const xia = server.client()
    const { token } = await xia.signIn("Xia")
    const client = old({ url: server.url, version: 3, auth: { token } })
    expect(await client.join("Xia", "ends")).toBe(true)
    await xia.signOut()
    await client.hears("System: You are not signed in")
    expect(await client.send({ message: "after" })).toBe(false)
    expect(await client.join("Xia", "ends")).toBe(false)
    client.cut()
    expect(await client.refused).toMatch(/^Only who is signed in/)
  })
})

describe("where the bridge is switched off", () => {
  let server: TestRoomlog
  beforeAll(async () => {
    server = await start("off")
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each(["GET", "POST", "OPTIONS"])("%s /socket.io/ is answered 404 with words", async (method) => {
    const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, { method })
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({ detail: expect.stringContaining("switched off") })
  })

  test("so is an upgrade, and the connection ends", async () => {
    const headers = {
      ...{ connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    const [status, words] = await new Promise<readonly [number | undefined, string]>((resolve, reject) => {
      get(`${server.url}/socket.io/?EIO=4&transport=websocket`, { headers }, (response) => {
        let words = ""
        response.on("data", (data) => (words += data))
        response.on("end", () => resolve([response.statusCode, words]))
      }).on("error", reject)
    })
    expect(status).toBe(404)
    expect(words).toContain("switched off")
  })

  test.each(versions)("a client of version %s hears that it cannot connect", async (version) => {
    expect(await old({ url: server.url, version }).refused).toMatch(/./)
  })

  test("everybody else is served, and the measures count nobody there", async () => {
    const ann = await server.signedIn("Ann")
    const { room } = await ann.rooms.enter("lobby")
    expect(await ann.open(room).post({ text: "hello" })).toBeGreaterThan(0)
    const measures = await (await fetch(`${server.url}/metrics`)).text()
    expect(measures).toMatch(/^roomlog_socketio_clients(\{[^}]*\})? 0$/m)
  })
})
