import { once } from "node:events"
import { afterAll, beforeAll, expect, test } from "vitest"
import { startBridge, type TestBridge } from "./oldClient.ts"

let bridge: TestBridge
beforeAll(async () => {
  bridge = await startBridge()
}, 60_000)
afterAll(() => bridge[Symbol.asyncDispose]())

/** Socket.IO 2.x as it stands on the wire: Engine.IO protocol 3, whose client connects to the main namespace by itself. */
const oldest = async (query = "") => {
  const socket = new WebSocket(`${bridge.url.replace("http", "ws")}/socket.io/?EIO=3&transport=websocket${query}`)
  const heard: string[] = []
  const looks = new Set<() => void>()
  socket.addEventListener("message", ({ data }) => {
    heard.push(data)
    for (const look of looks) look()
  })
  const hears = (start: string): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = heard.find((packet) => packet.startsWith(start))
        if (found !== undefined) resolve(found)
      }
      looks.add(look)
      look()
    })
  await hears("40")
  return { socket, heard, hears }
}

test("a client of version 2 joins, hears, speaks and pings", async () => {
  const { socket, heard, hears } = await oldest()
  socket.send('420["join",{"username":"Grandpa","room":"Old"}]')
  await hears("430[true]")
  socket.send('421["send_message",{"message":"good evening"}]')
  await hears("431[true]")
  socket.send('422["send_message",{}]')
  await hears("432[false]")
  socket.send("2")
  await hears("3")
  const [system, own] = heard.filter((packet) => packet.startsWith("42")).map((packet) => JSON.parse(packet.slice(2)))
  expect(system).toEqual(["message", expect.objectContaining({ username: "System" })])
  expect(own).toEqual([
    "message",
    {
      username: "Grandpa",
      message: "good evening",
      image: null,
      content_type: "text",
      timestamp: expect.any(String),
      seq: 3,
    },
  ])
  socket.close()
})

test("a client of version 2 resumes by its query", async () => {
  const { socket, hears } = await oldest("&since=0")
  socket.send('420["join",{"username":"Grandma","room":"old"}]')
  expect(await hears('42["message",{"username":"Grandpa"')).toContain("good evening")
  socket.close()
})

test("text that is no packet ends that connection and no other", async () => {
  const fine = bridge.client()
  await fine.join("Fine", "old")
  const { socket } = await oldest()
  socket.send("4nonsense")
  await once(socket, "close")
  expect(await fine.send({ message: "still here" })).toBe(true)
})
