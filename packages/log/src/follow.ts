import { Effect, Stream } from "effect"
import type { DatabaseError, Log, Query, Stored } from "./contract.ts"
import { databaseError } from "./driver.ts"
import { readPart, readStream } from "./read.ts"

/** A place in a stream or in a partition; what comes after it is followed. */
export type Cursor =
  | { readonly stream: string; readonly after: number }
  | { readonly part: number; readonly after: number }

/** What following needs of a log, whatever its commands are. */
export type Followed = Pick<Log<never, never>, "onAppended" | "query">

/** Every event after the cursor, in order, for ever: once, without a gap, however slowly it is taken. */
export const follow = (log: Followed, cursor: Cursor): Stream.Stream<Stored, DatabaseError> =>
  Stream.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new Following(log, cursor)),
        (following) => Effect.sync(() => following.stop()),
      ),
      (following) =>
        Stream.fromEffectRepeat(Effect.tryPromise({ try: () => following.next(), catch: databaseError })).pipe(
          Stream.flattenIterable,
        ),
    ),
  )

/** The same for plain callers: `next` waits for at least one event and gives none only after `stop`. */
export class Following {
  readonly #query: Query
  readonly #cursor: Cursor
  readonly #stopHearing: () => void
  #at: number
  #heard: Array<Stored> = []
  /** Whether there may be events that were neither given nor heard. */
  #missed = true
  #stopped = false
  #wake: (() => void) | undefined

  constructor(log: Followed, cursor: Cursor) {
    this.#query = log.query
    this.#cursor = cursor
    this.#at = cursor.after
    this.#stopHearing = log.onAppended((events) => this.#hear(events))
  }

  async next(): Promise<ReadonlyArray<Stored>> {
    while (!this.#stopped) {
      const events = this.#missed ? await this.#read() : this.#taken()
      if (events.length > 0) return this.#given(events)
      if (!this.#missed && this.#heard.length === 0) await this.#news()
    }
    return []
  }

  stop(): void {
    this.#stopped = true
    this.#stopHearing()
    this.#wake?.()
  }

  /** Waits to hear something; after a second looks for what it was not told. */
  #news(): Promise<void> {
    return new Promise<void>((resolve) => {
      const look = setTimeout(() => {
        this.#missed = true
        resolve()
      }, patience)
      this.#wake = () => {
        clearTimeout(look)
        resolve()
      }
    })
  }

  #hear(events: ReadonlyArray<Stored>): void {
    const mine = events.filter((event) => this.#isMine(event))
    if (mine.length === 0) return
    if (this.#heard.length + mine.length > most) {
      this.#heard = []
      this.#missed = true
    } else this.#heard.push(...mine)
    this.#wake?.()
  }

  /** One page of what was missed. What is heard from now on is kept, so that the last page leaves no gap behind it. */
  async #read(): Promise<ReadonlyArray<Stored>> {
    this.#missed = false
    try {
      const place = { ...this.#cursor, after: this.#at, limit: page }
      const events = await ("stream" in place ? readStream(this.#query, place) : readPart(this.#query, place))
      if (events.length === page) this.#missed = true
      return events
    } catch (cause) {
      this.#missed = true
      throw cause
    }
  }

  /** What was heard and is not given yet; nothing, and another read, when something is missing before it. */
  #taken(): ReadonlyArray<Stored> {
    const news = this.#heard.filter((event) => this.#placeOf(event) > this.#at)
    this.#heard = []
    if (news.length === 0 || this.#placeOf(news[0]!) === this.#at + 1) return news
    this.#missed = true
    return []
  }

  #given(events: ReadonlyArray<Stored>): ReadonlyArray<Stored> {
    this.#at = this.#placeOf(events.at(-1)!)
    return events
  }

  #isMine(event: Stored): boolean {
    return "stream" in this.#cursor ? event.stream === this.#cursor.stream : event.part === this.#cursor.part
  }

  #placeOf(event: Stored): number {
    return "stream" in this.#cursor ? event.seq : event.pos
  }
}

const page = 500
/** Milliseconds. */
const patience = 1_000
/** Events that wait in memory for a slow taker; more are read again when it is ready. */
const most = 2_000
