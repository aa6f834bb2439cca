import type { OpenRoom, Roomlog } from "@roomlog/client"
import type { MessageView } from "@roomlog/schemas"
import { mediaPath } from "@roomlog/schemas/paths"
import { startRoomlog } from "@roomlog/testing"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { until } from "../live.ts"
import { kinds, OldClient, type OldClientOptions, pixel, pixelUrl } from "./sockets.ts"

let server: Awaited<ReturnType<typeof startRoomlog>>
let dana: Roomlog
const open: OldClient[] = []
beforeAll(async () => {
  server = await startRoomlog({ settings: { LOG_LEVEL: "silent" } })
  dana = await server.signedIn("Dana")
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => {
  for (const client of open.splice(0)) client.close()
})

/** A room of today's client. */
const enter = async (name: string): Promise<OpenRoom> => {
  const { room } = await dana.rooms.enter(name)
  const opened = dana.open(room)
  await opened.ready
  return opened
}

const messagesIn = async (room: OpenRoom, count: number): Promise<ReadonlyArray<MessageView>> => {
  const messages = () => room.state.get().items.filter((item) => item._tag === "Message")
  await until(room.state, () => messages().length >= count)
  return messages()
}

describe.each(kinds)("a client of version $version, $way", ({ version, way }) => {
  const old = (options: Partial<OldClientOptions> = {}): OldClient => {
    const client = new OldClient({ url: server.url, version, way, ...options })
    open.push(client)
    return client
  }
  const named = (name: string): string => `${name} ${version} ${way.slice(0, 9).trim()} ${way.length}`

  test("talks with a person on today's client, in text and images", async () => {
    const room = await enter(named("harbour"))
    const vera = old()
    expect(await vera.send({ message: "too early" })).toBe(false)
    expect(await vera.join(named("Vera"), named("Harbour"))).toBe(true)
    if (way.endsWith("upgrade")) await vera.upgraded()
    expect(vera.socket.io.engine.transport.name).toBe(way.startsWith("polling only") ? "polling" : "websocket")

    await room.post({ text: "hello <b>old</b> friend" })
    expect(await vera.hears("hello")).toMatchObject({
      username: "Dana",
      message: "hello <b>old</b> friend",
      image: null,
    })
    expect(await vera.send({ message: "hello youngster \u{1f44b}" })).toBe(true)
    expect(await vera.send({ image: pixelUrl, content_type: "image" })).toBe(true)
    const stored = await dana.upload(room.room, new File([pixel], "tide.png", { type: "image/png" })).done
    await room.post({ text: "the tide", images: [{ ...stored, alt: "the tide" }] })
    await vera.hears(stored.key)

    const messages = await messagesIn(room, 4)
    expect(messages.map(({ text, images }) => [text, images.length])).toEqual([
      ["hello <b>old</b> friend", 0],
      ["hello youngster \u{1f44b}", 0],
      ["", 1],
      ["the tide", 1],
    ])
    const paths = messages.flatMap(({ images }) => images.map(({ key }) => mediaPath(key)))
    const me = named("Vera")
    expect(vera.said).toEqual([
      "Dana: hello <b>old</b> friend",
      `${me}: hello youngster \u{1f44b}`,
      `${me}: ${paths[0]}`,
      "Dana: the tide",
      `Dana: ${paths[1]}`,
    ])
    for (const path of paths)
      expect((await fetch(`${server.url}${path}`)).headers.get("content-type")).toBe("image/png")
    expect(await vera.send({})).toBe(false)
    expect(await vera.send({ image: "data:image/svg+xml;base64,PHN2Zy8+", content_type: "image" })).toBe(false)
    await vera.hears("System: image: ")
    room.close()
    vera.close()
  })

  test("comes back by itself, and misses and repeats nothing when it asks for the rest", async () => {
    const room = await enter(named("storm"))
    const [wes, forgetful] = [old({ resumes: true }), old()]
    await wes.join(named("Wes"), named("storm"))
    await forgetful.join(named("Forgetful"), named("storm"))
    const sent: string[] = []
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 5; n++) {
        const text = `${round}.${n}`
        sent.push(text)
        if (n === 2) wes.cut()
        if (n === 3 && round === 1) forgetful.cut()
        await room.post({ text })
      }
      await wes.hears(`: ${round}.4`)
    }
    expect(wes.said).toEqual(sent.map((text) => `Dana: ${text}`))
    expect(wes.told.filter((words) => words.startsWith("Not everything"))).toEqual([])
    // Who does not ask hears what is said while it is there, and itself come again.
    await forgetful.hears(
      "has joined",
      forgetful.heard.findIndex(({ message }) => message === "1.2"),
    )
    await room.post({ text: "the end" })
    await forgetful.hears("the end")
    expect(new Set(forgetful.said).size).toBe(forgetful.said.length)
    room.close()
  })

  test("is refused the name of somebody who is signed in, in words, and may choose another", async () => {
    const name = named("Olga")
    await server.signedIn(name)
    const thief = old()
    expect(await thief.join(name.toUpperCase(), named("names"))).toBe(false)
    await thief.hears("System: Somebody is here as")
    expect(await thief.join("System", named("names"))).toBe(false)
    await thief.hears("System: Nobody may be called")
    expect(await thief.send({ message: "in her name" })).toBe(false)
    expect(await thief.join(named("Nina"), named("names"))).toBe(true)
    expect(await thief.send({ message: "in my own" })).toBe(true)
    await thief.hears("in my own")
    expect(thief.said).toEqual([`${named("Nina")}: in my own`])
  })

  test("is one person in several rooms with several sockets", async () => {
    const rooms = [named("bow"), named("stern")]
    const watchers = await Promise.all(rooms.map(enter))
    const sockets = [old(), old(), old()]
    const name = named("Tess")
    for (const [i, socket] of sockets.entries()) expect(await socket.join(name, rooms[i % 2]!)).toBe(true)
    for (const [i, socket] of sockets.entries()) expect(await socket.send({ message: `from ${i}` })).toBe(true)
    const [inBow, inStern] = [await messagesIn(watchers[0]!, 2), await messagesIn(watchers[1]!, 1)]
    expect(inBow.map(({ text }) => text)).toEqual(["from 0", "from 2"])
    expect(inStern.map(({ text }) => text)).toEqual(["from 1"])
    expect(new Set([...inBow, ...inStern].map(({ by }) => by)).size).toBe(1)
    await sockets[0]!.hears("from 2")
    await sockets[2]!.hears("from 0")
    await sockets[1]!.hears("from 1")
    expect(sockets[1]!.said).toEqual([`${name}: from 1`])
    const isHere = (room: OpenRoom): boolean => room.state.get().here.some((person) => person.name === name)
    sockets[0]!.close()
    sockets[1]!.close()
    await until(watchers[1]!.state, () => !isHere(watchers[1]!))
    expect(await sockets[2]!.send({ message: "still here" })).toBe(true)
    expect(isHere(watchers[0]!)).toBe(true)
    for (const watcher of watchers) watcher.close()
  })

  test("may say the same again when it did not hear the answer, and says it once with a key", async () => {
    const [unsure, other] = [old(), old()]
    await unsure.join(named("Unsure"), named("echo"))
    await other.join(named("Other"), named("echo"))
    const image = { image: pixelUrl, content_type: "image", key: "picture 1" }
    const words = [{ message: "hello?", key: "a" }, { message: "hello?", key: "b" }, image]
    for (const one of [...words, ...words]) expect(await unsure.send(one)).toBe(true)
    expect(await other.send({ message: "hello?", key: "a" })).toBe(true)
    expect(await unsure.send({ message: "something else", key: "a" })).toBe(false)
    await unsure.hears("System: This command id was used for something else")
    expect(await unsure.send({ message: "the end" })).toBe(true)
    await other.hears("the end")
    expect(other.said.map((line) => line.replace(/^.*: /, "").replace(/^.media.*/, "picture"))).toEqual([
      ...["hello?", "hello?", "picture", "hello?", "the end"],
    ])
    for (const key of ["", "x".repeat(256), 7]) expect(await unsure.send({ message: "x", key })).toBe(false)
  })

  test("hears an answer to each of a thousand messages at once, and stays connected", async () => {
    const hasty = old()
    await hasty.join(named("Hasty"), named("flood"))
    const { id } = hasty.socket
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, n) => hasty.send({ message: `${n}` })))
    expect(answers.filter((done) => done === true).length).toBeGreaterThanOrEqual(100)
    expect(answers).toContain(false)
    await hasty.hears("System: Too many at once")
    expect(await hasty.send({ message: "calm again" })).toBe(true)
    await hasty.hears("calm again")
    expect(hasty.said).toHaveLength(answers.filter((done) => done === true).length + 1)
    expect(hasty.socket.id).toBe(id)
  })
})
