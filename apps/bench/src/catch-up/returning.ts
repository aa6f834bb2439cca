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

/** One client in so many reads every frame as clients do; the others only look for the seqs, so as not to be what is measured. */
const careful = 50

const resume = (socket: Awaited<ReturnType<typeof connect>>, room: string, isCareful: boolean): Promise<void> =>
  new Promise((done, failed) => {
    let last = begun
    socket.on("message", (data: Buffer) => {
      if (data.length < 100 && String(data) === "PING") return socket.send("PONG")
      try {
        last = isCareful ? read(String(data), last) : lookedThrough(data, last)
      } catch (cause) {
        failed(cause)
      }
      if (last === begun + missed) done()
    })
    socket.once("close", (code) => failed(new Error(`closed with ${code}`)))
    socket.send(
      JSON.stringify({ id: 1, method: "subscription", params: { path: "room.follow", input: { room, from } } }),
    )
  })

/** The seq after a frame whose events follow this one. */
const read = (frame: string, after: number): number => {
  const { result, error } = JSON.parse(frame) as { result?: { data?: { data: FeedItem } }; error?: unknown }
  const item = result?.data?.data
  if (error || item?._tag === "Reset") throw new Error(frame)
  if (item?._tag !== "Events") return after
  let last = after
  for (const { seq } of item.events) if (seq !== ++last) throw new Error(`${seq} came where ${last} was due`)
  return last
}

/** The same for the sparing: every seq must stand in the frame, in order, and the last one in its token. */
const lookedThrough = (frame: Buffer, after: number): number => {
  const head = String(frame.subarray(0, 300))
  if (head.includes('"error"') || head.includes('"_tag":"Reset"')) throw new Error(head)
  let last = after
  let at = frame.indexOf(`"seq":${last + 1},`)
  while (at >= 0) {
    last += 1
    at = frame.indexOf(`"seq":${last + 1},`, at)
  }
  if (head.includes('"_tag":"Events"') && !head.includes(`.${last}"`)) throw new Error(`nothing follows ${last}`)
  return last
}

const resumeAll = async (missing: ReadonlyArray<string>): Promise<number> => {
  const sockets = await seats(missing.length)
  const began = performance.now()
  await Promise.all(sockets.map((socket, i) => resume(socket, missing[i]!, i % careful === 0)))
  return performance.now() - began
}

await resumeAll(warm)
const returned: Returned = { took: await resumeAll(rooms) }
process.send!(returned, () => process.exit(0))
