import type { FeedItem } from "@roomlog/schemas"
import { WebSocket } from "ws"
import { seqOf } from "./subscriber.ts"

export interface Place {
  readonly url: string
  readonly token: string
  readonly room: string
  /** Resume token; without it from now on. */
  readonly from?: string
}

/** One light reader among thousands: a WebSocket that follows a room and counts what it is told. */
export class Reader {
  readonly place: Place
  /** The last resume token it was given. */
  at = ""
  /** Seq of the first event it is to be told; 0 until it is known. */
  first = 0
  last = 0
  /** What was told out of order, twice, or not at all. */
  readonly problems: string[] = []
  /** Resolves when it is live, with the milliseconds that it took; fails when it is refused, reset or closed before. */
  readonly live: Promise<number>
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  /** When each newest event came, by this process's clock. */
  told: (seq: number) => void = () => undefined
  readonly #socket: WebSocket

  constructor(place: Place) {
    this.place = place
    const began = performance.now()
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    this.live = promise
    this.live.catch(() => undefined)
    this.#socket = new WebSocket(`${place.url.replace("http", "ws")}/trpc`, {
      headers: { authorization: `Bearer ${place.token}` },
      perMessageDeflate: false,
    })
    this.closed = new Promise((closed) => this.#socket.once("close", closed))
    this.#socket.once("open", () => {
      const input = { room: place.room, ...(place.from === undefined ? {} : { from: place.from }) }
      this.#socket.send(JSON.stringify({ id: 1, method: "subscription", params: { path: "room.follow", input } }))
    })
    if (place.from !== undefined) this.last = seqOf(place.from)
    this.#socket.on("message", (data) => this.#hear(String(data), () => resolve(performance.now() - began), reject))
    this.#socket.on("error", reject)
    this.#socket.once("close", (code) => reject(new Error(`closed with ${code}`)))
  }

  /** Reads nothing more from its connection, and says nothing about it. */
  pause(): void {
    this.#socket.pause()
  }

  /** Reads again, as somebody whose machine was asleep. */
  wake(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.terminate()
  }

  #hear(text: string, live: () => void, reject: (why: Error) => void): void {
    if (text === "PING") return this.#socket.send("PONG")
    if (text.includes('"_tag":"Events"')) return this.#read(text)
    const { result, error } = JSON.parse(text) as {
      readonly result?: { readonly type: string; readonly data?: { readonly id: string; readonly data: FeedItem } }
      readonly error?: { readonly message: string }
    }
    if (error) return reject(new Error(error.message))
    const item = result?.data?.data
    if (item === undefined) return
    this.at = result!.data!.id
    if (item._tag === "Reset") return reject(new Error(`reset: ${item.reason}`))
    if (item._tag !== "Live") return
    if (this.last === 0) this.last = seqOf(this.at)
    live()
  }

  /** Takes only the places out of a frame of events: thousands of readers share this process. */
  #read(text: string): void {
    this.at = /"id":"([0-9a-f]{8}\.\d+)"/.exec(text)![1]!
    for (const [, found] of text.matchAll(/"room":"[-0-9a-f]{36}","seq":(\d+),/g)) {
      const seq = Number(found)
      if (this.last > 0 && seq !== this.last + 1) this.problems.push(`told ${seq} after ${this.last}`)
      this.last = seq
      this.told(seq)
    }
  }
}
