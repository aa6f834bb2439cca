import type { FeedItem } from "@roomlog/schemas"
import { WebSocket } from "ws"
import type { Crowd } from "./crowd.ts"
import { ids } from "./words.ts"

// Many listeners in one process. Each must hear every event once and in order; the parent is told when all have.

const { dialect, url, count, room, token } = JSON.parse(process.argv[2]!) as Crowd
/** How many have heard an event, while not all have. */
const heard = new Map<number, number>()
let live = 0

const goLive = (): void => {
  if (++live === count) process.send?.({ live: true })
}

const hear = (seqs: ReadonlyArray<number>, last: number | undefined, who: number): number => {
  let before = last
  for (const seq of seqs) {
    if (before !== undefined && seq !== before + 1) fail(`listener ${who} heard ${seq} after ${before}`)
    before = seq
    const times = (heard.get(seq) ?? 0) + 1
    heard.set(seq, times)
    if (times < count) continue
    heard.delete(seq)
    process.send?.({ heard: seq })
  }
  return before!
}

/** Says what one says first, and gives the seqs that a frame tells. */
const speakers: Readonly<
  Record<Crowd["dialect"], (socket: WebSocket, who: number) => (text: string) => ReadonlyArray<number>>
> = {
  trpc: (socket, who) => {
    const id = 1 + (who % ids)
    socket.once("open", () =>
      socket.send(JSON.stringify({ id, method: "subscription", params: { path: "room.follow", input: { room } } })),
    )
    return (text) => {
      if (text === "PING") socket.send("PONG")
      const item = itemOf(text)
      if (item?._tag === "Live") goLive()
      return item?._tag === "Events" ? item.events.map(({ seq }) => seq) : []
    }
  },
  "socket.io": (socket) => (text) => {
    if (text === "2") socket.send("3")
    else if (text.startsWith("0")) socket.send(`40${JSON.stringify({ token })}`)
    else if (text.startsWith("40")) socket.send(`420["join",{"username":"Ann","room":"hall"}]`)
    else if (text.startsWith("430")) {
      if (text !== "430[true]") fail(`joining was answered with ${text}`)
      goLive()
    }
    if (!text.startsWith('42["message"')) return []
    const [, { seq }] = JSON.parse(text.slice(2)) as [string, { readonly seq?: number }]
    return seq === undefined ? [] : [seq]
  },
}

const itemOf = (text: string): FeedItem | undefined => {
  if (text === "PING") return undefined
  const { result, error } = JSON.parse(text) as {
    readonly result?: { readonly type: string; readonly data?: { readonly data: FeedItem } }
    readonly error?: { readonly message: string }
  }
  if (error) fail(error.message)
  return result?.data?.data
}

const fail = (problem: string): never => {
  process.send?.({ problem })
  process.exit(1)
}

/** Somebody comes; ends when the socket is open, so that not all knock at the same time. */
const come = (who: number): Promise<void> => {
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` }
  const socket = new WebSocket(url, { perMessageDeflate: false, headers })
  const seqsOf = speakers[dialect](socket, who)
  let last: number | undefined
  socket.on("message", (data) => {
    const seqs = seqsOf(String(data))
    if (seqs.length > 0) last = hear(seqs, last, who)
  })
  socket.once("close", (code) => fail(`listener ${who} was closed with ${code}`))
  socket.once("error", (cause) => fail(`listener ${who}: ${cause.message}`))
  return new Promise((open) => socket.once("open", () => open()))
}

process.once("disconnect", () => process.exit(0))
const doors = 50
const queue = Array.from({ length: count }, (_, who) => who)
await Promise.all(
  Array.from({ length: doors }, async () => {
    for (let who = queue.shift(); who !== undefined; who = queue.shift()) await come(who)
  }),
)
