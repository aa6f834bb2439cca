import type { FeedItem } from "@roomlog/schemas"
import { WebSocket } from "ws"
import { ids } from "./fan-out-words.ts"

// Many listeners in one process. Each must hear every event once and in order; the parent is told when all have.

/** What the parent asks for, as the first argument. */
export interface Crowd {
  readonly url: string
  readonly count: number
  readonly room: string
  /** Session of the listeners; empty when the server wants none. */
  readonly token: string
}

const { url, count, room, token } = JSON.parse(process.argv[2]!) as Crowd
const heard = new Map<number, number>()
let live = 0

for (let i = 0; i < count; i++) {
  const id = 1 + (i % ids)
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
  })
  socket.once("open", () =>
    socket.send(JSON.stringify({ id, method: "subscription", params: { path: "room.follow", input: { room } } })),
  )
  let last: number | undefined
  socket.on("message", (data) => {
    const text = String(data)
    if (text === "PING") return socket.send("PONG")
    const item = itemOf(text)
    if (item?._tag === "Live" && ++live === count) process.send?.({ live: true })
    if (item?._tag !== "Events") return
    for (const { seq } of item.events) {
      if (last !== undefined && seq !== last + 1) fail(`listener ${i} heard ${seq} after ${last}`)
      last = seq
      count === times(seq) && process.send?.({ heard: seq })
    }
  })
  socket.once("close", (code) => fail(`listener ${i} was closed with ${code}`))
  socket.once("error", (cause) => fail(`listener ${i}: ${cause.message}`))
}
process.once("disconnect", () => process.exit(0))

/** How many have heard this one now. */
function times(seq: number): number {
  const now = (heard.get(seq) ?? 0) + 1
  if (now === count) heard.delete(seq)
  else heard.set(seq, now)
  return now
}

function itemOf(text: string): FeedItem | undefined {
  const { result, error } = JSON.parse(text) as {
    readonly result?: { readonly type: string; readonly data?: { readonly data: FeedItem } }
    readonly error?: { readonly message: string }
  }
  if (error) fail(error.message)
  return result?.data?.data
}

function fail(problem: string): never {
  process.send?.({ problem })
  process.exit(1)
}
