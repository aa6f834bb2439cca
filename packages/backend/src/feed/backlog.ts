import type { DatabaseError, StoredText } from "@roomlog/log"
import type { DeliveredEvent, RoomId, Seq, UserId } from "@roomlog/schemas"
import { Effect, Semaphore } from "effect"
import { run } from "../edge.ts"
import type { Feed } from "./feed.ts"
import type { Frame } from "./frame.ts"
import { lineOfText, parsed } from "./line.ts"

/** Events in one frame of a backlog. */
export const pageSize = 500
/** Reads at a time: a storm of readers leaves connections for everybody else. */
const mostReads = 3

/** A part of a room's log as readers are told it. */
interface Page {
  readonly frame: Frame
  readonly isFull: boolean
  /** Those of its events that may change who may read. */
  readonly doubts: ReadonlyArray<DeliveredEvent>
}

/** What was read: "recent" says that memory reaches by now, undefined that there is nothing. */
type Read = Page | "recent" | undefined

/** Pages of rooms from the database, for readers whom memory does not reach. What one has read is there for the next. */
export class Backlog {
  readonly #feed: Feed
  readonly #reads = Semaphore.makeUnsafe(mostReads)
  #reading = new Map<string, Promise<Read>>()

  constructor(feed: Feed) {
    this.#feed = feed
  }

  /**
   * The page of a room after a seq. Who asks for one that is on its way gets that one, if it is full: the end of a
   * shorter one may be older than its new reader's beginning.
   */
  async page(room: RoomId, after: Seq): Promise<Read> {
    const place = `${room} ${after}`
    const others = this.#reading.get(place)
    if (others) {
      const page = await others
      return typeof page === "object" && page.isFull ? page : this.#read(room, after)
    }
    const reading = this.#read(room, after)
    this.#reading.set(place, reading)
    try {
      return await reading
    } finally {
      this.#reading.delete(place)
      // One map for ever would keep pages that were read long ago (decision 0020).
      if (this.#reading.size === 0) this.#reading = new Map()
    }
  }

  async #read(room: RoomId, after: Seq): Promise<Read> {
    const feed = this.#feed
    const read = Effect.suspend(
      (): Effect.Effect<ReadonlyArray<StoredText> | "recent", DatabaseError> =>
        feed.recent(room, after) === undefined
          ? feed.sources.log.readStreamText(room, after, pageSize)
          : Effect.succeed("recent" as const),
    )
    const stored = await run(this.#reads.withPermit(read))
    if (stored === "recent" || stored.length === 0) return stored === "recent" ? stored : undefined
    await run(feed.sources.people.named(stored.map(({ actor }) => actor as UserId)))
    const lines = stored.map((one) => lineOfText(one, feed.nameOf))
    feed.room(room).learn(lines)
    const doubts = stored.filter(({ subject }) => subject === null).map((one) => parsed(one, feed.nameOf))
    return { frame: feed.frame(lines), isFull: stored.length === pageSize, doubts }
  }
}
