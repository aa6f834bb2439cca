import { limits, type RoomId, type Seq } from "@roomlog/schemas"
import type { Actor } from "../identity/identity.ts"
import { Frame } from "./frame.ts"
import type { Line } from "./line.ts"
import type { End, Sink } from "./sink.ts"

/** Bytes that may wait for one subscriber before live events are held back from it. */
export const mostBuffered = 256 * 1024
/** Milliseconds that a subscriber may be stalled before it is closed. */
export const patience = 5_000

/** One reader of one room. It is told a contiguous run of events from its token on, or its end. */
export class Subscriber {
  readonly room: RoomId
  readonly actor: Actor
  readonly sink: Sink
  /** Whether leaving the room ends the right to read it. */
  isPrivate = true
  /** Seq of the newest event that it was told. */
  last: Seq = 0
  /** `catching-up` reads the log; `stalled` waits for its buffer to empty and then catches up. */
  phase: "catching-up" | "live" | "stalled" | "ended" = "catching-up"
  /** Its membership ended while it was catching up: ask again before going live. */
  doubtful = false
  stalledSince = 0
  /** Whether its person counts as here. */
  welcomed = false
  /** Told why it ended, for whoever counts. */
  onEnd: ((why: End) => void) | undefined
  readonly #held: Line[] = []

  constructor(room: RoomId, actor: Actor, sink: Sink) {
    this.room = room
    this.actor = actor
    this.sink = sink
  }

  /** Takes live events; `frame` holds exactly `lines`. What it was told before is left out. */
  hear(lines: ReadonlyArray<Line>, frame: Frame, now: () => number): void {
    if (this.phase === "catching-up") this.#hold(lines)
    const end = lines.at(-1)!.seq
    if (this.phase !== "live" || end <= this.last) return
    if (this.sink.buffered() > mostBuffered) return this.stall(now())
    const isNew = lines[0]!.seq > this.last
    this.sink.deliver(isNew ? frame : Frame.of(frame.token, this.#unheard(lines)))
    this.last = end
  }

  /** What came while it was catching up and it has not been told yet. */
  takeHeld(): ReadonlyArray<Line> {
    return this.#unheard(this.#held.splice(0))
  }

  /** Who falls behind faster than it catches up comes back later. */
  #hold(lines: ReadonlyArray<Line>): void {
    if (this.#held.length > limits.backlog) return this.end({ _tag: "slow" })
    this.#held.push(...lines)
  }

  #unheard(lines: ReadonlyArray<Line>): ReadonlyArray<Line> {
    return lines.filter(({ seq }) => seq > this.last)
  }

  stall(now: number): void {
    this.phase = "stalled"
    this.stalledSince = now
  }

  end(why: End): void {
    if (this.phase === "ended") return
    this.phase = "ended"
    this.sink.end(why)
    this.onEnd?.(why)
  }
}
