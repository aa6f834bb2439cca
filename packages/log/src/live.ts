import type { Carrier } from "./carrier/carrier.ts"
import type { Interest, Query, Stored } from "./contract.ts"
import { type Head, readHeads, readStream, streamHeads } from "./read.ts"
import { together } from "./together.ts"

export interface LiveOptions {
  readonly carrier: Carrier
  readonly query: Query
  readonly partOf: (stream: string) => number
  /** Takes the events of one stream, each once and without a gap while there is interest in it. */
  readonly deliver: (events: ReadonlyArray<Stored>) => void
  /** Events that every node is told, whoever is interested in their streams. */
  readonly everywhere: (event: Stored) => boolean
}

/** What is known of a stream that somebody here is interested in. */
interface Known {
  interested: number
  /** Seq of the newest event that was delivered; undefined until the database was asked. */
  last: number | undefined
  asking: Promise<number> | undefined
  readonly stopHearing: () => void
  /** Heard, and not in turn yet. */
  waiting: Map<number, Stored>
  reading: boolean
  doubtful: boolean
}

/**
 * The events of chosen streams as they are appended, on whatever node, carried by topic. What the carrier loses,
 * repeats or reorders is made good from the database: at a gap at once, otherwise at the next `sweep`.
 */
export class Live {
  readonly #the: LiveOptions
  readonly #streams = new Map<string, Known>()
  readonly #stopHearing: () => void
  #heads = new Map<number, number>()
  readonly #headOf: (stream: string) => Promise<number>
  #reads = 0
  readonly #readers: Array<() => void> = []

  constructor(options: LiveOptions) {
    this.#the = options
    this.#headOf = headsTogether(options.query)
    const stops = [
      options.carrier.hear(everybody, (message) => this.#heardFrom(message)),
      options.carrier.onDoubt(() => void this.sweep()),
    ]
    this.#stopHearing = () => {
      for (const stop of stops) stop()
    }
  }

  stop(): void {
    this.#stopHearing()
    for (const { stopHearing } of this.#streams.values()) stopHearing()
    this.#streams.clear()
  }

  /** From its head on every event of the stream is delivered, until the interest is released. */
  interest(stream: string): Interest {
    const known = this.#streams.get(stream) ?? this.#begin(stream)
    known.interested += 1
    let released = false
    return {
      head: () => this.#head(stream, known),
      release: () => {
        if (released) return
        released = true
        known.interested -= 1
        if (known.interested > 0 || this.#streams.get(stream) !== known) return
        known.stopHearing()
        this.#streams.delete(stream)
      },
    }
  }

  /** This node appended these: tells the others, and whoever is interested here. */
  appended(events: ReadonlyArray<Stored>): void {
    const { carrier, everywhere } = this.#the
    for (const [stream, own] of Map.groupBy(events, (event) => event.stream)) {
      carrier.tell(topicOf(stream), JSON.stringify(own))
      const forAll = own.filter(everywhere)
      if (forAll.length > 0) carrier.tell(everybody, JSON.stringify(forAll))
    }
    this.heard(events)
  }

  /** Takes events from anywhere, in any order. Those of streams without interest go on if everybody is told them. */
  heard(events: ReadonlyArray<Stored>): void {
    for (const [stream, some] of Map.groupBy(events, (event) => event.stream)) {
      const known = this.#streams.get(stream)
      if (known) this.#take(stream, known, some)
      else {
        const forAll = some.filter(this.#the.everywhere)
        if (forAll.length > 0) this.#the.deliver(forAll)
      }
    }
  }

  /** Asks the database for everything that was missed. Never fails: the next sweep comes. */
  async sweep(): Promise<void> {
    try {
      for (const [stream, known] of this.#streams) if (known.last === undefined) await this.#head(stream, known)
      const moved = (await readHeads(this.#the.query)).filter((head) => this.#heads.get(head.part) !== head.pos)
      if (moved.length === 0) return
      const parts = new Set(moved.map(({ part }) => part))
      const streams = [...this.#streams.keys()].filter((stream) => parts.has(this.#the.partOf(stream)))
      for (const { stream, seq } of streams.length === 0 ? [] : await streamHeads(this.#the.query, streams)) {
        const known = this.#streams.get(stream)
        if (known?.last !== undefined && known.last < seq) void this.#read(stream, known)
      }
      this.#heads = new Map([...this.#heads, ...moved.map(({ part, pos }: Head) => [part, pos] as const)])
    } catch {
      this.#heads.clear()
    }
  }

  #begin(stream: string): Known {
    const stopHearing = this.#the.carrier.hear(topicOf(stream), (message) => this.#heardFrom(message))
    const known: Known = {
      interested: 0,
      last: undefined,
      asking: undefined,
      stopHearing,
      waiting: new Map(),
      reading: false,
      doubtful: false,
    }
    this.#streams.set(stream, known)
    this.#head(stream, known).catch(sweepAsksAgain)
    return known
  }

  /** Seq of the newest event that was delivered or need not be. */
  #head(stream: string, known: Known): Promise<number> {
    if (known.last !== undefined) return Promise.resolve(known.last)
    known.asking ??= this.#headOf(stream)
      .then((seq) => {
        known.last = seq
        this.#inTurn(stream, known)
        return known.last
      })
      .finally(() => {
        known.asking = undefined
      })
    return known.asking
  }

  #heardFrom(message: string): void {
    const events = eventsIn(message)
    if (events.length > 0) this.heard(events)
  }

  #take(stream: string, known: Known, events: ReadonlyArray<Stored>): void {
    for (const event of events)
      if (known.last === undefined || event.seq > known.last) known.waiting.set(event.seq, event)
    this.#inTurn(stream, known)
  }

  /** Delivers what follows on the last; what is missing before the others is read. */
  #inTurn(stream: string, known: Known): void {
    if (known.last === undefined || known.waiting.size === 0) return
    const next: Array<Stored> = []
    for (let event = known.waiting.get(known.last + 1); event; event = known.waiting.get(event.seq + 1)) {
      known.waiting.delete(event.seq)
      next.push(event)
    }
    if (next.length > 0) {
      known.last = next.at(-1)!.seq
      this.#the.deliver(next)
    }
    for (const seq of known.waiting.keys()) if (seq <= known.last) known.waiting.delete(seq)
    if (known.waiting.size > 0) void this.#read(stream, known)
    // What waits can be read again; what cannot be held is.
    if (known.waiting.size > mostWaiting) known.waiting.clear()
  }

  async #read(stream: string, known: Known): Promise<void> {
    known.doubtful = true
    if (known.reading) return
    known.reading = true
    await this.#turn()
    try {
      for (let full = true; (full || known.doubtful) && this.#streams.get(stream) === known; ) {
        known.doubtful = false
        const events = await readStream(this.#the.query, { stream, after: known.last ?? 0, limit: page })
        // What still waits then does not follow on anything.
        if (events.length === 0) known.waiting.clear()
        this.#take(stream, known, events)
        full = events.length === page
      }
    } catch {
      this.#heads.clear()
    } finally {
      known.reading = false
      this.#reads -= 1
      this.#readers.shift()?.()
    }
  }

  /** A few reads at a time, however many streams have a gap. */
  async #turn(): Promise<void> {
    if (this.#reads >= mostReads) await new Promise<void>((go) => this.#readers.push(go))
    this.#reads += 1
  }
}

/** Asks for the newest seq of a stream, 0 when it is new; what is asked for in the same turn goes in one query. */
export const headsTogether = (query: Query): ((stream: string) => Promise<number>) =>
  together(async (streams) => {
    const found = new Map((await streamHeads(query, streams)).map(({ stream, seq }) => [stream, seq]))
    return streams.map((stream) => found.get(stream) ?? 0)
  })

const sweepAsksAgain = () => undefined
const everybody = "everybody"
const topicOf = (stream: string): string => `events.${stream}`
const page = 500
const mostReads = 3
const mostWaiting = 2_000

/** What others told, if it looks like events. */
const eventsIn = (message: string): ReadonlyArray<Stored> => {
  try {
    const events: unknown = JSON.parse(message)
    return Array.isArray(events) ? events.filter(isEvent) : []
  } catch {
    return []
  }
}

const isEvent = (event: unknown): event is Stored =>
  typeof event === "object" &&
  event !== null &&
  "stream" in event &&
  typeof event.stream === "string" &&
  "seq" in event &&
  Number.isInteger(event.seq) &&
  "type" in event &&
  typeof event.type === "string" &&
  "body" in event &&
  typeof event.body === "object" &&
  event.body !== null
