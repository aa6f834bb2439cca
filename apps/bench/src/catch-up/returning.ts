import type { FeedItem } from "@roomlog/schemas"
import { socketOf } from "../systems/api.ts"
import { opened } from "../talk/dialect.ts"
import { begun, type Return, type Returned } from "./words.ts"

// Clients that were away. All are connected; then all ask at once for what they missed. Each must get every event once
// and in order.

const { url, token, rooms, warm, missed } = JSON.parse(process.argv[2]!) as Return

const connect = async () => (await opened(socketOf(url), { headers: { authorization: `Bearer ${token}` } })).socket

/** Sockets, one for each of so many clients. */
const seats = async (count: number) => {
  const sockets: Array<Awaited<ReturnType<typeof connect>>> = []
  while (sockets.length < count)
    sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, count - sockets.length) }, connect))))
  return sockets
}

/** The log's life, which every token begins with. */
const epochOf = async (): Promise<string> => {
  const input = encodeURIComponent(JSON.stringify({ room: rooms[0], limit: 1 }))
  const answer = await fetch(`${url}/trpc/message.history?input=${input}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const { result } = (await answer.json()) as { result: { data: { upTo: string } } }
  return result.data.upTo.split(".")[0]!
}
const from = `${await epochOf()}.${begun}`

const resume = (socket: Awaited<ReturnType<typeof connect>>, room: string): Promise<void> =>
  new Promise((done, failed) => {
    let last = begun
    socket.on("message", (data) => {
      const text = String(data)
      if (text === "PING") return socket.send("PONG")
      const { result, error } = JSON.parse(text) as { result?: { data?: { data: FeedItem } }; error?: unknown }
      const item = result?.data?.data
      if (error || item?._tag === "Reset") return failed(new Error(text))
      if (item?._tag !== "Events") return
      for (const { seq } of item.events) if (seq !== ++last) failed(new Error(`${seq} came where ${last} was due`))
      if (last === begun + missed) done()
    })
    socket.once("close", (code) => failed(new Error(`closed with ${code}`)))
    socket.send(
      JSON.stringify({ id: 1, method: "subscription", params: { path: "room.follow", input: { room, from } } }),
    )
  })

const resumeAll = async (missing: ReadonlyArray<string>): Promise<number> => {
  const sockets = await seats(missing.length)
  const began = performance.now()
  await Promise.all(sockets.map((socket, i) => resume(socket, missing[i]!)))
  return performance.now() - began
}

await resumeAll(warm)
const returned: Returned = { took: await resumeAll(rooms) }
process.send!(returned, () => process.exit(0))
