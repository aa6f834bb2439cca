import type { Room } from "@roomlog/domain"
import { type Head, type Query, readPart, type Stored } from "@roomlog/log"
import { isKnown, type RoomEvent } from "@roomlog/schemas"
import { Fold, type Memory } from "../fold.ts"
import { recorded } from "../recorded.ts"
import { roomRow } from "../rows.ts"
import { Warm } from "../warm.ts"
import { learn } from "./learn.ts"
import { poison } from "./poison.ts"
import { insert, replaceRooms, upsert } from "./write.ts"

/** Where pages are read from and rows are written to. */
export interface Desk {
  readonly query: Query
  /** Several statements that count together or not at all. */
  readonly together: <A>(work: (query: Query) => Promise<A>) => Promise<A>
  /** How many partitions are worked on at the same time. */
  readonly lanes: number
}

/** The read models in the making: everything up to its positions is folded into the tables beside the live ones. */
export class Making {
  readonly #memory: Memory
  readonly #advanced: (events: number) => void
  #positions = new Map<number, number>()
  #failed: { readonly cause: unknown } | undefined

  constructor(advanced: (events: number) => void, remembered: number) {
    this.#advanced = advanced
    this.#memory = {
      rooms: new Warm(20_000),
      members: new Warm(1),
      messages: new Warm(remembered),
      reactions: new Warm(1),
    }
  }

  /** How many events are missing up to these heads. */
  missing(heads: ReadonlyArray<Head>): number {
    return heads.reduce((sum, { part, pos }) => sum + pos - this.#position(part), 0)
  }

  /** Folds the bulk, partition by partition: names of rooms may not be guarded yet. */
  async fill(desk: Desk, heads: ReadonlyArray<Head>): Promise<void> {
    await this.#each(desk, heads, (head) => this.#partition(desk, head))
  }

  /** Folds on to heads of one moment, at which names of rooms are unique again: their rows are written together at the end. */
  async catchUp(desk: Desk, heads: ReadonlyArray<Head>): Promise<void> {
    const rooms = new Map<string, Room.Room>()
    await this.#each(desk, heads, (head) => this.#partition(desk, head, rooms))
    if (rooms.size > 0) await desk.together((query) => replaceRooms(query, [...rooms.values()].map(roomRow)))
  }

  /** Tries to go on. When that fails, what it wrote must have been taken back, and nothing of it is remembered. */
  async attempt<A>(work: () => Promise<A>): Promise<A> {
    const positions = new Map(this.#positions)
    try {
      return await work()
    } catch (cause) {
      this.#positions = positions
      this.#memory.rooms.clear()
      this.#memory.messages.clear()
      throw cause
    }
  }

  #position(part: number): number {
    return this.#positions.get(part) ?? 0
  }

  /** Ends when all lanes have ended, also when one of them failed. */
  async #each(desk: Desk, heads: ReadonlyArray<Head>, work: (head: Head) => Promise<void>): Promise<void> {
    const queue = heads.filter(({ part, pos }) => pos > this.#position(part))
    this.#failed = undefined
    const lane = async () => {
      for (let head = queue.shift(); head !== undefined && !this.#failed; head = queue.shift())
        await work(head).catch((cause: unknown) => {
          this.#failed ??= { cause }
        })
    }
    await Promise.all(Array.from({ length: desk.lanes }, lane))
    this.#throwFailed()
  }

  #throwFailed(): void {
    if (this.#failed) throw this.#failed.cause
  }

  /** While a page is folded, the next one is read and the one before is written. */
  async #partition(desk: Desk, { part, pos: upTo }: Head, rooms?: Map<string, Room.Room>): Promise<void> {
    const read = (after: number) =>
      watched(readPart(desk.query, { part, after, limit: Math.min(pageSize, upTo - after) }))
    let reading = read(this.#position(part))
    let written = Promise.resolve()
    for (let pos = this.#position(part); pos < upTo && !this.#failed; this.#positions.set(part, pos)) {
      const page = await reading
      pos = page.at(-1)!.pos
      if (pos < upTo) reading = read(pos)
      const events = page.map(parsed)
      const fold = new Fold(this.#memory)
      await learn(fold, events, { query: desk.query, written, rooms })
      evolve(fold, page, events)
      await written
      written = watched(desk.together((query) => write(query, fold, rooms)))
      this.#advanced(page.length)
    }
    await written
  }
}

/** Events that are folded and written together. */
const pageSize = 4_000

/** What this version does not know, it cannot fold as the version did that wrote it. */
const parsed = (told: Stored): RoomEvent => {
  if (!isKnown(told)) throw poison(told, "a newer version of Roomlog wrote it, which must also rebuild")
  try {
    return recorded(told)
  } catch (cause) {
    throw poison(told, cause)
  }
}

const evolve = (fold: Fold, page: ReadonlyArray<Stored>, events: ReadonlyArray<RoomEvent>): void => {
  for (const [i, event] of events.entries())
    try {
      fold.evolve(event)
    } catch (cause) {
      throw poison(page[i]!, cause)
    }
  fold.rooms.keep()
  fold.messages.keep()
}

/** `later` takes the rooms, when they are to be written later. */
const write = async (query: Query, fold: Fold, later: Map<string, Room.Room> | undefined): Promise<void> => {
  for (const [id, room] of fold.rooms.changes()) later?.set(id, room!)
  for (const [table, { added = [], changed = [] }] of fold.rows()) {
    if (table === "room" && later !== undefined) continue
    await insert(query, table, added)
    await upsert(query, table, changed)
  }
}

/** A promise that is awaited later and must not count as unhandled until then. */
const watched = <A>(promise: Promise<A>): Promise<A> => {
  promise.catch(() => undefined)
  return promise
}
