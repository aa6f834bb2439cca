import type { RoomId } from "@roomlog/schemas"
import type { RoomFeed } from "./roomFeed.ts"
import type { Subscriber } from "./subscriber.ts"

/** Milliseconds that a room is kept warm after its last subscriber left, for who comes back. */
const warmFor = 60_000
/** Rooms without subscribers that are kept warm. */
const mostWarm = 1_000

/** The rooms that somebody here follows, or did until just now. */
export class OpenRooms {
  readonly #rooms = new Map<RoomId, RoomFeed>()
  readonly #open: (room: RoomId) => RoomFeed
  readonly #now: () => number
  readonly #cooling: NodeJS.Timeout

  constructor(open: (room: RoomId) => RoomFeed, now: () => number) {
    this.#open = open
    this.#now = now
    this.#cooling = setInterval(() => this.#cool(), warmFor / 4).unref()
  }

  /** The room if it is open. */
  get(room: RoomId): RoomFeed | undefined {
    return this.#rooms.get(room)
  }

  /** The room, opened if it is not. */
  at(room: RoomId): RoomFeed {
    const known = this.#rooms.get(room)
    if (known) return known
    const feed = this.#open(room)
    feed.emptySince = this.#now()
    this.#rooms.set(room, feed)
    return feed
  }

  isEmpty(): boolean {
    return this.#rooms.size === 0
  }

  subscribers(): ReadonlyArray<Subscriber> {
    return [...this.#rooms.values()].flatMap(({ subscribers }) => [...subscribers])
  }

  /** Nobody follows the room any more: it stays warm for a while, if there is anything to remember. */
  left(room: RoomId, feed: RoomFeed): void {
    feed.emptySince = this.#now()
    if (feed.isEmpty()) this.#forget(room, feed)
  }

  /** Forgets everything that rooms remember. */
  clear(): void {
    for (const [room, feed] of this.#rooms) this.#forget(room, feed)
  }

  close(): void {
    clearInterval(this.#cooling)
    this.clear()
  }

  #cool(): void {
    for (const feed of this.#rooms.values()) feed.rest()
    const empty = [...this.#rooms].filter(([, { subscribers }]) => subscribers.size === 0)
    for (const [i, [room, feed]] of empty.entries())
      if (empty.length - i > mostWarm || Math.abs(this.#now() - feed.emptySince) > warmFor) this.#forget(room, feed)
  }

  #forget(room: RoomId, feed: RoomFeed): void {
    this.#rooms.delete(room)
    feed.close()
  }
}
