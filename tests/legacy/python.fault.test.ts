import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "@roomlog/client"
import { mediaPath } from "@roomlog/schemas/paths"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { until } from "../live.ts"
import { ServerProcess } from "../serverProcess.ts"
import { PythonClient, whyNoPython } from "./python.ts"
import { pixel, pixelUrl } from "./sockets.ts"

const reason = whyNoPython()

describe.skipIf(reason !== undefined)(`a client in Python${reason === undefined ? "" : ` (${reason})`}`, () => {
  let folder: string
  let server: ServerProcess
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "roomlog-python-"))
    server = await ServerProcess.start(join(folder, "data"), { RATE_OLD_JOINS: "1000/1", RATE_POSTS: "1000/1" })
  })
  afterAll(async () => {
    await server?.kill()
    await rm(folder, { recursive: true, force: true })
  })

  test("talks with a person on today's client over each transport, and over the server's death", async () => {
    const dana = connect({ url: server.url })
    await dana.signIn("Dana")
    const { room } = await dana.rooms.enter("snakes")
    const hers = dana.open(room)
    await hers.ready
    const ways = [["websocket"], ["polling"], ["polling", "websocket"]]
    const nest = await Promise.all(ways.map((transports) => PythonClient.start(server.url, transports)))
    const each = <T>(work: (client: PythonClient, n: number) => Promise<T>) => Promise.all(nest.map(work))
    try {
      expect(await each((monty) => monty.send({ message: "too early" }))).toEqual([false, false, false])
      expect(await each((monty, n) => monty.join(`Monty ${n}`, "Snakes"))).toEqual([true, true, true])
      await hers.post({ text: "hello \u{1f40d}" })
      await each((monty) => monty.hears("hello \u{1f40d}"))
      expect(await each((monty, n) => monty.send({ message: `hello from ${n} \u{1f44b}` }))).toEqual([true, true, true])
      const image = { image: pixelUrl, content_type: "image" }
      expect(await each((monty) => monty.send(image))).toEqual([true, true, true])
      const none = { image: "data:image/png;base64,AAAA", content_type: "image" }
      expect(await each((monty) => monty.send(none))).toEqual([false, false, false])
      const stored = await dana.upload(room, new File([pixel], "scale.png", { type: "image/png" })).done
      await hers.post({ text: "look", images: [{ ...stored, alt: "a scale" }] })
      await each((monty) => monty.hears(stored.key))

      const before = nest.map(({ heard }) => heard.length)
      await server.kill()
      const missed = [1, 2, 3].map((n) => hers.post({ text: `missed ${n}` }))
      await server.start()
      await Promise.all(missed)
      await each((monty) => monty.hears("missed 3"))
      await each((monty, n) => monty.hears(`Monty ${n} has joined`, before[n]))
      expect(await each((monty, n) => monty.send({ message: `${n} is back` }))).toEqual([true, true, true])

      const messages = () => hers.state.get().items.filter((item) => item._tag === "Message")
      await until(hers.state, () => messages().filter(({ text }) => text.endsWith(" is back")).length === 3)
      await each((monty) => Promise.all([0, 1, 2].map((n) => monty.hears(`${n} is back`))))
      const lines = messages().flatMap(({ by, text, images }) => {
        const said = [...(text === "" ? [] : [text]), ...images.map(({ key }) => mediaPath(key))]
        return said.map((words) => `${hers.state.get().names.get(by)}: ${words}`)
      })
      expect(lines).toHaveLength(1 + 3 + 3 + 2 + 3 + 3)
      for (const monty of nest) expect(monty.said).toEqual(lines)
    } finally {
      await each((monty) => monty.close())
      dana.close()
    }
  })
})
