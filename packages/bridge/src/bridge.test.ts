import { afterAll, beforeAll, expect, test } from "vitest"
import { startBridge, type TestBridge } from "./oldClient.ts"

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startBridge()
}, 60_000)
afterAll(() => bridge[Symbol.asyncDispose]())

test("two old clients meet, talk, and part", async () => {
  const ann = bridge.client()
  const ben = bridge.client()
  expect(await ann.join("Ann", "Meeting")).toBe(true)
  expect(await ben.join("Ben", " meeting ")).toBe(true)
  await ann.hears("Ben has joined")
  expect(await ann.send({ message: "Hello <b>Ben</b>" })).toBe(true)
  expect(await ben.send({ message: "Hello Ann" })).toBe(true)
  await ben.hears("Hello Ann")
  await ann.hears("Hello Ann")
  ben.socket.close()
  await ann.hears("Ben has left")
  expect(ann.lines).toEqual([
    "System: Ann has joined the room",
    "System: Ben has joined the room",
    "Ann: Hello <b>Ben</b>",
    "Ben: Hello Ann",
    "System: Ben has left the room",
  ])
  expect(ben.lines).toEqual(["System: Ben has joined the room", "Ann: Hello <b>Ben</b>", "Ben: Hello Ann"])
})

test("an old client and today's client hear each other", async () => {
  const cleo = bridge.client()
  await cleo.join("Cleo", "both")
  const dan = await bridge.roomlog.signedIn("Dan")
  const { room } = await dan.rooms.enter("both")
  const open = dan.open(room)
  await open.ready
  await cleo.hears("Dan has joined")
  await open.post({ text: "from today" })
  expect(await cleo.hears("from today")).toMatchObject({ username: "Dan", content_type: "text" })
  await cleo.send({ message: "from the past" })
  const texts = () => open.state.get().items.flatMap((item) => (item._tag === "Message" ? item.text : []))
  await new Promise<void>((resolve) => {
    const look = (): void => void (texts().includes("from the past") && resolve())
    open.state.watch(look)
    look()
  })
  expect(texts()).toEqual(["from today", "from the past"])
  open.close()
  await cleo.hears("Dan has left")
})

test("a message has exactly the old fields, and seq", async () => {
  const eli = bridge.client()
  await eli.join("Eli", "fields")
  await eli.send({ message: "hi" })
  expect(await eli.hears("hi")).toEqual({
    username: "Eli",
    message: "hi",
    image: null,
    content_type: "text",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    seq: 3,
  })
  expect(eli.heard[0]).toEqual({
    username: "System",
    message: "Eli has joined the room",
    image: null,
    content_type: "text",
    timestamp: expect.any(String),
  })
})

test.each([
  ["no name", { room: "bad" }],
  ["no room", { username: "Jan" }],
  ["an empty name", { username: " ", room: "bad" }],
  ["an empty room", { username: "Jan", room: "" }],
  ["a number for a name", { username: 7, room: "bad" }],
  ["a list for a room", { username: "Jan", room: ["bad"] }],
  ["nothing", null],
  ["text", "Jan"],
  ["a slash in the room", { username: "Jan", room: "../bad" }],
  ["NUL in the room", { username: "Jan", room: "ba\u0000d" }],
  ["a direction override in the name", { username: "Jan\u202eneB", room: "bad" }],
])("join with %s is answered false, and the connection goes on", async (_, words) => {
  const jan = bridge.client()
  expect(await jan.socket.emitWithAck("join", words)).toBe(false)
  expect(await jan.send({ message: "hello?" })).toBe(false)
  expect(await jan.join("Jan", "good")).toBe(true)
  expect(await jan.send({ message: "hello!" })).toBe(true)
})

test("join without words, without an acknowledgement, or with an acknowledgement alone", async () => {
  const kim = bridge.client()
  kim.socket.emit("join")
  kim.socket.emit("join", { username: "Kim" })
  expect(await kim.socket.emitWithAck("join")).toBe(false)
  kim.socket.emit("join", { username: "Kim", room: "quiet" })
  kim.socket.emit("send_message", { message: "at once" })
  await kim.hears("at once")
})

test.each([
  ["nothing", {}],
  ["no object", "text"],
  ["nothing at all", null],
  ["a number", { message: 7 }],
  ["an image that is a number", { image: 7, content_type: "image" }],
  ["only a content type", { content_type: "image" }],
  ["an empty message", { message: "" }],
  ["blanks", { message: "  \n" }],
  ["NUL", { message: "a\u0000b" }],
  ["half a surrogate pair", { message: "a\ud800b" }],
])("send_message with %s is answered false and nobody hears it", async (_, words) => {
  const lea = bridge.client()
  await lea.join("Lea", "silence")
  expect(await lea.send(words)).toBe(false)
  expect(await lea.send({ message: "after" })).toBe(true)
  await lea.hears("after")
  expect(lea.lines.filter((line) => line.startsWith("Lea"))).toEqual(["Lea: after"])
})

test("a text that is too long is refused in words", async () => {
  const max = bridge.client()
  await max.join("Max", "long")
  expect(await max.send({ message: "x".repeat(4_001) })).toBe(false)
  await max.hears("at most 4000")
  expect(await max.send({ message: "x".repeat(4_000) })).toBe(true)
})

test.each(["System", "system", " SYSTEM ", "Sуstem", "5ystem", "S y s t e m", "Ｓｙｓｔｅｍ", "Admin"])(
  "nobody joins as %s",
  async (name) => {
    const ned = bridge.client()
    const witness = bridge.client()
    await witness.join("Witness", "reserved")
    expect(await ned.join(name, "reserved")).toBe(false)
    await witness.send({ message: "done" })
    await witness.hears("done")
    expect(witness.lines).toEqual(["System: Witness has joined the room", "Witness: done"])
    witness.socket.close()
  },
)

test("the name of somebody who is signed in cannot be used, nor one that looks like it", async () => {
  await bridge.roomlog.signedIn("Olga")
  const thief = bridge.client()
  expect(await thief.join("Olga", "names")).toBe(false)
  expect(await thief.join("0lga", "names")).toBe(false)
  await thief.hears("Somebody is here as")
})

test("an old client's name is free again when it is gone", async () => {
  const pia = bridge.client()
  const stay = bridge.client()
  await pia.join("Pia", "free")
  await stay.join("Stay", "free")
  await expect(bridge.roomlog.signedIn("Pia")).rejects.toThrow(/Pia/)
  pia.socket.close()
  await stay.hears("Pia has left")
  await bridge.roomlog.signedIn("Pia")
  expect(await bridge.client().join("Pia", "free")).toBe(false)
})

test("who joins another room has left the first, and hears it no more", async () => {
  const quin = bridge.client()
  const ruth = bridge.client()
  await ruth.join("Ruth", "first")
  await quin.join("Quin", "first")
  expect(await quin.join("Quin", "second")).toBe(true)
  await ruth.hears("Quin has left")
  await ruth.send({ message: "anybody?" })
  await ruth.hears("anybody?")
  await quin.send({ message: "elsewhere" })
  await quin.hears("elsewhere")
  expect(quin.lines).toEqual([
    "System: Quin has joined the room",
    "System: Quin has joined the room",
    "Quin: elsewhere",
  ])
  expect(ruth.lines).not.toContain("Quin: elsewhere")
})

test("a refused join leaves the client where it was", async () => {
  const sam = bridge.client()
  await sam.join("Sam", "home")
  expect(await sam.join("System", "away")).toBe(false)
  expect(await sam.send({ message: "still here" })).toBe(true)
  await sam.hears("still here")
})

test("the same person with two sockets joins and leaves once for the others, and each socket hears of itself", async () => {
  const [tom, again, una] = [bridge.client(), bridge.client(), bridge.client()]
  await una.join("Una", "twice")
  await tom.join("Tom", "twice")
  expect(await again.join("Tom", "twice")).toBe(true)
  expect(await again.join("Tom", "TWICE")).toBe(true)
  await tom.send({ message: "from one" })
  await again.send({ message: "from the other" })
  tom.socket.close()
  await una.hears("from the other")
  again.socket.close()
  await una.hears("Tom has left")
  expect(una.lines.filter((line) => line.includes("Tom has"))).toEqual([
    "System: Tom has joined the room",
    "System: Tom has left the room",
  ])
  expect(again.lines[0]).toBe("System: Tom has joined the room")
})

test("a client that was away gets everything since its seq, once and in order", async () => {
  const vera = bridge.client()
  const will = bridge.client()
  await vera.join("Vera", "away")
  await will.join("Will", "away")
  await vera.send({ message: "before" })
  const { seq } = await vera.hears("before")
  vera.socket.close()
  await will.hears("Vera has left")
  for (const n of [1, 2, 3]) await will.send({ message: `missed ${n}` })
  const back = bridge.client({ auth: { since: seq } })
  expect(await back.join("System", "away")).toBe(false)
  expect(await back.join("Vera", "away")).toBe(true)
  await will.send({ message: "live" })
  await back.hears("live")
  const lines = back.lines.filter((line) => line.startsWith("Will"))
  expect(lines).toEqual(["Will: missed 1", "Will: missed 2", "Will: missed 3", "Will: live"])
  const older = bridge.client({ query: { since: String(seq) } })
  await older.join("Vera", "away")
  await older.hears("live")
  expect(older.lines.filter((line) => line.startsWith("Will"))).toEqual(lines)
})

test("a since beyond the end is told so and hears from now on", async () => {
  const xena = bridge.client({ auth: { since: 1_000_000 } })
  expect(await xena.join("Xena", "ahead")).toBe(true)
  expect(await xena.send({ message: "now" })).toBe(true)
  await xena.hears("now")
  expect(xena.lines[0]).toMatch(/^System: Not everything/)
})

test("a since that is no number is ignored", async () => {
  const yves = bridge.client({ auth: { since: "soon" } })
  expect(await yves.join("Yves", "soon")).toBe(true)
})

test("messages of one socket stand in the order sent, also without waiting", async () => {
  const zoe = bridge.client()
  zoe.socket.emit("join", { username: "Zoe", room: "order" })
  const sent = Array.from({ length: 50 }, (_, n) => `message ${n}.`)
  for (const message of sent) zoe.socket.emit("send_message", { message })
  await zoe.hears("message 49.")
  expect(zoe.heard.slice(1).map(({ message }) => message)).toEqual(sent)
})

test("what comes too fast is answered false at once", async () => {
  const abe = bridge.client()
  await abe.join("Abe", "fast")
  const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => abe.send({ message: `${n}` })))
  expect(answers.slice(0, 100)).toEqual(Array(100).fill(true))
  expect(answers).toContain(false)
  await abe.hears("Too many at once")
  expect(bridge.failures).toEqual([])
})

test("polling works, and a page of another origin gets in neither way", async () => {
  const bea = bridge.client({ transports: ["polling"] })
  expect(await bea.join("Bea", "polls")).toBe(true)
  await bea.send({ message: "slowly" })
  await bea.hears("slowly")
  const polled = await fetch(`${bridge.url}/socket.io/?EIO=4&transport=polling`, {
    headers: { origin: "http://elsewhere.example" },
  })
  expect(polled.status).toBe(403)
  expect(polled.headers.get("access-control-allow-origin")).toBeNull()
  const stranger = bridge.client({
    transports: ["websocket"],
    extraHeaders: { origin: "http://elsewhere.example" },
  })
  await new Promise((refused) => stranger.socket.once("connect_error", refused))
})
