import type { DatabaseError, Stored } from "@roomlog/log"
import type { DeliveredEvent, RoomId, Seq } from "@roomlog/schemas"
import { Effect, Semaphore } from "effect"
import { run } from "../edge.ts"
import type { Feed } from "./feed.ts"
import type { Frame } from "./frame.ts"

/** Events in one frame of a backlog. */
export const pageSize = 500
/** Reads at a time: a storm of readers leaves connections for everybody else. */
const mostReads = 3

/** A part of a room's log as readers are told it. */
interface Page {
  readonly events: ReadonlyArray<DeliveredEvent>
  readonly frame: Frame
}

/** What was read: "recent" says that memory reaches by now, undefined that there is nothing. */
type Read = Page | "recent" | undefined

/** Pages of rooms from the database, for readers whom memory does not reach. What one has read is there for the next. */
export class Backlog {
  readonly #feed: Feed
  readonly #reads = Semaphore.makeUnsafe(mostReads)
  readonly #reading = new Map<string, Promise<Read>>()

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
      return typeof page === "object" && page.events.length === pageSize ? page : this.#read(room, after)
    }
    const reading = this.#read(room, after)
    this.#reading.set(place, reading)
    try {
      return await reading
    } finally {
      this.#reading.delete(place)
    }
  }

  async #read(room: RoomId, after: Seq): Promise<Read> {
    const feed = this.#feed
    const read = Effect.suspend(
      (): Effect.Effect<ReadonlyArray<Stored> | "recent", DatabaseError> =>
        feed.recent(room, after) === undefined
          ? feed.sources.log.readStream(room, after, pageSize)
          : Effect.succeed("recent" as const),
    )
    const stored = await run(this.#reads.withPermit(read))
    if (stored === "recent" || stored.length === 0) return stored === "recent" ? stored : undefined
    const events = await feed.named(stored)
    const frame = feed.frame(events)
    feed.room(room).learn(events, frame)
    return { events, frame }
  }
}
