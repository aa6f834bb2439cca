import type { Interest } from "@roomlog/log"
import type { Seq, Token, UserId } from "@roomlog/schemas"
import { Frame } from "./frame.ts"
import type { Line } from "./line.ts"
import type { Subscriber } from "./subscriber.ts"

/** Newest events of a room that are kept for readers who come back, and their JSON characters. */
const mostKept = 500
const mostCharacters = 256 * 1024
/** Frames that are kept for others who come back from the same place: each may be as large as all that is remembered. */
const mostFrames = 50
/** Milliseconds between two signs of one person's typing. */
const typingEvery = 1_000

/** What one room's subscribers share: who they are, how far the room is, and its newest events. */
export class RoomFeed {
  readonly subscribers = new Set<Subscriber>()
  /** When the last subscriber left, by the feed's clock. */
  emptySince = 0
  readonly #interest: Interest
  readonly #stopHearing: () => void
  readonly #typed = new Map<UserId, number>()
  #head: Seq | undefined
  #recent: Array<Line> = []
  #characters = 0
  #since = new Map<Seq, Frame>()

  constructor(interest: Interest, stopHearing: () => void) {
    this.#interest = interest
    this.#stopHearing = stopHearing
  }

  /** Seq of the newest event that was told here, or that stood in the log when the room was opened here. */
  async head(): Promise<Seq> {
    if (this.#head !== undefined) return this.#head
    const head = await this.#interest.head()
    this.#head = Math.max(this.#head ?? 0, head)
    return this.#head
  }

  /** Remembers what is told. */
  hear(lines: ReadonlyArray<Line>): void {
    const [first, last] = [lines[0]!.seq, lines.at(-1)!.seq]
    this.#head = Math.max(this.#head ?? 0, last)
    this.rest()
    if (this.#recent.at(-1)?.seq !== first - 1) this.#forget(this.#recent.length)
    this.#recent.push(...lines)
    this.#characters += charactersOf(lines)
    this.#keepNewest()
  }

  /** Remembers what was read, if it leads up to what is remembered already and there is room for it. */
  learn(page: ReadonlyArray<Line>): void {
    const first = this.#recent[0]?.seq ?? (this.#head ?? 0) + 1
    const older = page.filter(({ seq }) => seq < first)
    if (older.at(-1)?.seq !== first - 1) return
    const before = this.#recent.length
    this.#recent = [...older, ...this.#recent]
    this.#characters += charactersOf(older)
    this.#keepNewest()
    const learned = this.#recent.length - before
    this.#recent = [...inOneText(this.#recent.slice(0, learned)), ...this.#recent.slice(learned)]
  }

  /** Everything after a seq as one frame, if memory holds it; `null` when there is nothing. */
  since(seq: Seq, token: (seq: Seq) => Token): Frame | null | undefined {
    if (seq === this.#head) return null
    const [first, last] = [this.#recent[0]?.seq, this.#recent.at(-1)?.seq]
    if (first === undefined || last !== this.#head || seq < first - 1 || seq > last!) return undefined
    let frame = this.#since.get(seq)
    if (frame === undefined) {
      frame = Frame.of(token(last!), this.#recent.slice(seq + 1 - first))
      if (this.#since.size === mostFrames) this.rest()
      this.#since.set(seq, frame)
    }
    return frame
  }

  /** Lets go of what was kept for those who come back together: whoever comes later is given another frame. */
  rest(): void {
    if (this.#since.size > 0) this.#since = new Map()
  }

  /** Whether nobody would miss it. */
  isEmpty(): boolean {
    return this.subscribers.size === 0 && this.#recent.length === 0
  }

  /** Whether a sign of somebody's typing is worth telling. */
  mayTell(user: UserId, now: number): boolean {
    if (Math.abs(now - (this.#typed.get(user) ?? Number.NEGATIVE_INFINITY)) < typingEvery) return false
    if (this.#typed.size > 1_000) this.#typed.clear()
    this.#typed.set(user, now)
    return true
  }

  close(): void {
    this.#interest.release()
    this.#stopHearing()
  }

  /** Forgets what is more than may be kept. */
  #keepNewest(): void {
    let [dropped, left] = [0, this.#characters]
    while (this.#recent.length - dropped > mostKept || left > mostCharacters)
      left -= this.#recent[dropped++]!.json.length
    this.#forget(dropped)
  }

  /** Forgets so many of the oldest. */
  #forget(count: number): void {
    if (count > 0) this.#characters -= charactersOf(this.#recent.splice(0, count))
  }
}

const charactersOf = (lines: ReadonlyArray<Line>): number => lines.reduce((sum, { json }) => sum + json.length, 0)

/**
 * The same lines, cut out of one text: the collector does not copy what is large. The text is there as long as one of
 * them, so it holds nothing but what is kept.
 */
const inOneText = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> => {
  const text = lines.map(({ json }) => json).join("")
  let end = 0
  return lines.map(({ seq, json }) => {
    const begin = end
    end += json.length
    return { seq, json: text.slice(begin, end) }
  })
}
