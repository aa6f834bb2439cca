import { startRoomlog, type TestRoomlog } from "@roomlog/testing"
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest"
import { WebSocket } from "ws"
import { OldClient, type OldClientOptions, versions } from "./sockets.ts"

let server: TestRoomlog
let witness: OldClient
const open: OldClient[] = []
const old = (options: Partial<OldClientOptions> = {}): OldClient => {
  const client = new OldClient({ url: server.url, version: 4, way: "websocket only", ...options })
  open.push(client)
  return client
}
beforeAll(async () => {
  server = await startRoomlog({ settings: { LOG_LEVEL: "silent" } })
  witness = new OldClient({ url: server.url, version: 4 })
  await witness.join("Witness", "square")
})
afterAll(async () => {
  witness.close()
  await server[Symbol.asyncDispose]()
})
afterEach(async () => {
  for (const client of open.splice(0)) client.close()
  // Whatever was tried: the others go on undisturbed.
  expect(await witness.send({ message: `after ${expect.getState().currentTestName}` })).toBe(true)
})

/** A WebSocket at the door of old clients, on which a test may say what no client would. */
const raw = async (version: 3 | 4 = 4) => {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=${version}&transport=websocket`)
  const heard: string[] = []
  socket.on("message", (data) => void heard.push(String(data)))
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()))
  const hears = (start: string) => vi.waitFor(() => expect(heard.some((packet) => packet.startsWith(start))).toBe(true))
  await hears("0")
  if (version === 4) socket.send("40")
  await hears("40")
  return { socket, heard, hears, closed }
}

describe("packets of wrong shape", () => {
  test.each([
    ["a word that nobody knows", '421["shout",{"message":"x"}]'],
    ["a number for a word", '421[7,{"message":"x"}]'],
    ["no words", '421["send_message"]'],
    ["a list in a list", '421["send_message",[["message"]]]'],
    ["too many words", `421["send_message"${",{}".repeat(1_000)}]`],
    ["a prototype", '421["send_message",{"__proto__":{"message":"x"}}]'],
    ["an error", '421["error",{"message":"x"}]'],
    ["an object for a name", '421["join",{"username":{"toString":"x"},"room":["square"]}]'],
    ["a text of megabytes for words", `421["join",${JSON.stringify("x".repeat(5_000_000))}]`],
    ["a list of a million", `421["send_message",[${"0,".repeat(1_000_000)}0]]`],
    ["a tower of lists", `421["send_message",${"[".repeat(50_000)}${"]".repeat(50_000)}]`],
    ["a since that is a list", '421["join",{"username":"","room":"square","since":[1]}]'],
  ])("%s is answered false, and the connection goes on", async (_, packet) => {
    const { socket, hears, heard } = await raw()
    socket.send(packet)
    await hears("431[false]")
    socket.send('422["join",{"username":"Raw","room":"square"}]')
    await hears("432[true]")
    expect(heard).not.toContain("41")
    socket.close()
  })

  test.each([
    ["nothing", ""],
    ["no packet", "9"],
    ["no JSON", "42["],
    ["an object for an event", "42{}"],
    ["no event at all", "42[]"],
    ["a word that the library keeps for itself", '42["disconnect"]'],
    ["text for a connection", '40"x"'],
    ["null for a connection", "40null"],
    ["a second connection", "40"],
    ["attachments without end", '459999999-["join",{"_placeholder":true,"num":0}]'],
    ["an attachment that nobody announced", Buffer.alloc(10), 3],
    ["a refusal from a client", '44{"message":"x"}'],
    ["words for a place that it is not in", '42/admin,["join"]'],
    ["a place that is no address", "40//,", 4],
  ])("%s ends that connection and no other", async (_, packet, passedOverIn: number = 0) => {
    for (const version of [3, 4] as const) {
      const { socket, closed, hears } = await raw(version)
      socket.send(packet)
      if (version === passedOverIn) {
        socket.send('421["send_message",{}]')
        await hears("431[false]")
        socket.close()
      }
      await closed
    }
  })

  test("acknowledgements that nobody waits for are passed over", async () => {
    const { socket, hears } = await raw()
    for (const packet of ["430[true]", "43999999[1,2,3]"]) socket.send(packet)
    socket.send('427["send_message",{}]')
    await hears("437[false]")
    socket.close()
  })

  test.each(versions)("a picture as bytes is no data URL, and a client of version %s hears so", async (version) => {
    const client = old({ version })
    await client.join(`Bytes ${version}`, "square")
    expect(await client.send({ image: Buffer.alloc(100_000, 1), content_type: "image" })).toBe(false)
    expect(await client.send({ message: new Uint8Array(10) })).toBe(false)
    expect(await client.send({ message: "in words" })).toBe(true)
  })

  test.each(versions)("there is no other place than the main one for a client of version %s", async (version) => {
    const astray = old({ url: `${server.url}/admin`, version })
    expect(await astray.refused).toEqual(version === 2 ? { message: "Invalid namespace" } : "Invalid namespace")
    expect(await old({ version }).join(`Straight ${version}`, "square")).toBe(true)
  })
})

describe("more than anybody needs", () => {
  test("bytes of an event that never becomes whole are not kept for ever", async () => {
    const { socket, closed } = await raw()
    socket.send('4510-["send_message",{"_placeholder":true,"num":0}]')
    const part = Buffer.alloc(8 * 1024 * 1024)
    for (let n = 0; n < 4 && socket.readyState === WebSocket.OPEN; n++) socket.send(part)
    await closed
  })

  test.each([
    ["connections", "40"],
    ["comings and goings", "41\x1e40"],
    ["words without an acknowledgement", '42["send_message",{"message":"x"}]'],
    ["pings", "3"],
    ["nothing at all", ""],
  ])("a request full of %s ends that client before it is read", async (_, packet) => {
    const handshake = await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text()
    const at = `${server.url}/socket.io/?EIO=4&transport=polling&sid=${JSON.parse(handshake.slice(1)).sid}`
    await fetch(at, { method: "POST", body: "40" })
    const body = `${packet}\x1e`.repeat(Math.floor(15_000_000 / (packet.length + 1)))
    await fetch(at, { method: "POST", body }).catch(() => undefined)
    expect((await fetch(at)).status).toBe(400)
    await vi.waitFor(() => expect(server.backend.feed.size()).toBe(1))
  })

  test("a request beyond the cap is refused, and the server goes on", async () => {
    const handshake = await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text()
    const at = `${server.url}/socket.io/?EIO=4&transport=polling&sid=${JSON.parse(handshake.slice(1)).sid}`
    const answer = await fetch(at, { method: "POST", body: "4".repeat(30_000_000) }).then(
      ({ status }) => status,
      () => "the connection was closed",
    )
    expect([413, "the connection was closed"]).toContain(answer)
  })

  test("thousands of joins at once are all answered, and at the end it is in one room", async () => {
    const restless = old()
    const answers = await Promise.all(
      Array.from({ length: 3_000 }, (_, n) => restless.ask("join", { username: "Restless", room: `room ${n % 20}` })),
    )
    expect(answers[0]).toBe(true)
    expect(answers).toContain(false)
    expect(await restless.join("Restless", "room 3")).toBe(true)
    expect(await restless.send({ message: "here I am" })).toBe(true)
    await vi.waitFor(() => expect(server.backend.feed.size()).toBe(2))
  })
})

describe("things that cross", () => {
  test.each(versions)(
    "words said on the way to another room stand where they were said (version %s)",
    async (version) => {
      const mover = old({ version })
      const [bow, stern] = [`bow ${version}`, `stern ${version}`]
      const [atBow, atStern] = [old({ version }), old({ version })]
      await atBow.join(`Bo ${version}`, bow)
      await atStern.join(`Sten ${version}`, stern)
      const sent = Array.from({ length: 40 }, (_, n) => `word ${n}.`)
      const answers: Promise<unknown>[] = []
      for (const [n, message] of sent.entries()) {
        if (n % 10 === 0)
          answers.push(mover.ask("join", { username: `Mo ${version}`, room: n % 20 === 0 ? bow : stern }))
        answers.push(mover.send({ message }))
      }
      expect(new Set(await Promise.all(answers))).toEqual(new Set([true]))
      await atStern.hears("word 39.")
      await atBow.hears("word 29.")
      const of = (part: (n: number) => boolean) =>
        sent.filter((_, n) => part(n)).map((text) => `Mo ${version}: ${text}`)
      expect(atBow.said).toEqual(of((n) => n % 20 < 10))
      expect(atStern.said).toEqual(of((n) => n % 20 >= 10))
      expect(mover.said).toEqual(of(() => true))
    },
  )

  test.each(versions)(
    "who goes in the middle of a join is gone, and the name is free (version %s)",
    async (version) => {
      for (let n = 0; n < 20; n++) {
        const { socket, heard } = await raw(version === 2 ? 3 : 4)
        socket.send(`421["join",{"username":"Ghost ${version}","room":"ghosts ${version} ${n % 3}"}]`)
        if (n % 4 === 1) socket.send('42["send_message",{"message":"boo"}]')
        if (n % 4 === 2) await vi.waitFor(() => expect(heard.some((packet) => packet.startsWith("42"))).toBe(true))
        if (n % 2 === 0) socket.terminate()
        else socket.close()
      }
      await vi.waitFor(() => expect(server.backend.feed.size()).toBe(1))
      await vi.waitFor(() => server.signedIn(`Ghost ${version}`), { timeout: 10_000 })
    },
  )

  test("two sockets with one name that nobody had come at once, and are one person", async () => {
    const both = [old(), old({ version: 2 })]
    expect(await Promise.all(both.map((one) => one.join("Twin", "twins")))).toEqual([true, true])
    await both[0]!.send({ message: "I am one" })
    await both[1]!.hears("Twin: I am one")
    expect(await old().join("twin", "twins")).toBe(false)
  })

  test("a seq from another room, or from the future, loses nothing that is said from now on", async () => {
    for (const since of [1e15, 0.5, 6.283, Number.MAX_SAFE_INTEGER, "12.0625", "1e9", -1, null]) {
      const lost = old()
      expect(await lost.ask("join", { username: "Lost", room: "square", since })).toBe(true)
      expect(await lost.send({ message: `since ${since}` })).toBe(true)
      await lost.hears(`Lost: since ${since}`)
      lost.close()
    }
  })

  test("a join with since 0 tells the room from its beginning, also to who is there already", async () => {
    const reader = old()
    await reader.join("Reader", "library")
    for (const message of ["one", "two"]) await reader.send({ message })
    const before = reader.heard.length
    expect(await reader.ask("join", { username: "Reader", room: "library", since: 0 })).toBe(true)
    expect(reader.heard.slice(before).flatMap(({ seq, message }) => (seq ? [message] : []))).toEqual(["one", "two"])
  })
})
