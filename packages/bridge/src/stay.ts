import { type Actor, type Backend, type End, type Frame, Rejected, type Sink, sentence } from "@roomlog/backend"
import type { RoomId, Token } from "@roomlog/schemas"
import type { Mark } from "./mark.ts"
import type { Outbox } from "./outbox.ts"
import { packet, packetsOf } from "./packets.ts"
import { joined, system } from "./translate.ts"
import { Unusable } from "./words.ts"

/** Milliseconds until a feed that failed is asked again. */
const pause = 1_000

export interface Place {
  readonly room: RoomId
  readonly actor: Actor
  /** Where a client that was away goes on from. */
  readonly since: Mark | undefined
  /** Called when it is over before it was stopped: the client may not read here any more. */
  readonly lost: () => void
}

/** An old client's stay in a room: what the feed says reaches it translated, through resets and failures, until it stops. */
export class Stay implements Sink {
  /** Settles when the client has heard its own "has joined", or with why it will not. */
  readonly begun: Promise<void>
  readonly #place: Place
  readonly #outbox: Outbox
  readonly #backend: Pick<Backend, "feed" | "now">
  readonly #begin = Promise.withResolvers<void>()
  #stopFollowing = (): void => {}
  #last: Token | undefined
  /** Lines of the next message that the client has heard before. */
  #heard: number
  #isHere = false
  #isOver = false

  constructor(place: Place, outbox: Outbox, backend: Pick<Backend, "feed" | "now">) {
    this.#place = place
    this.#outbox = outbox
    this.#backend = backend
    this.begun = this.#begin.promise
    this.#heard = place.since?.lines ?? 0
    this.#follow(place.since && backend.feed.token(place.since.seq))
  }

  stop(): void {
    this.#isOver = true
    this.#stopFollowing()
  }

  #follow(from: Token | undefined): void {
    const { room, actor } = this.#place
    this.#stopFollowing()
    this.#stopFollowing = this.#backend.feed.follow(room, actor, from, this)
  }

  deliver(frame: Frame): void {
    const { item, token } = frame
    this.#last = token
    if (item._tag === "Live") return this.#arrive()
    if (item._tag === "Reset") return this.#say("Not everything that you missed can be sent again. Load the history.")
    // Who came first was told so when it went live.
    if (item._tag === "Signal" && item.signal._tag === "CameOnline" && item.signal.user === this.#place.actor.id) return
    const packets = packetsOf(frame, this.#backend.now)
    const skipped = item._tag === "Events" ? this.#heard : 0
    for (const packet of skipped === 0 ? packets : packets.slice(skipped)) this.#outbox.send(packet)
    if (skipped > 0) this.#heard = 0
  }

  buffered(): number {
    return this.#outbox.buffered()
  }

  /** Every old client waits for this line about itself, also one whose person is here with another socket already. */
  #arrive(): void {
    if (this.#isHere) return
    this.#isHere = true
    this.#outbox.send(packet(joined(this.#place.actor.name, this.#backend.now())))
    this.#begin.resolve()
  }

  end(why: End): void {
    if (this.#isOver) return
    if (why._tag === "reset") return this.#startAfresh()
    if (why._tag === "failed" && this.#isHere) return this.#comeBack()
    if (why._tag === "refused" && this.#isHere) {
      this.#say(sentence(why.rejection))
      this.#place.lost()
    }
    if (why._tag === "slow" || why._tag === "closing") this.#outbox.hangUp()
    this.#begin.reject(reasonOf(why))
  }

  #startAfresh(): void {
    this.#heard = 0
    this.#follow(undefined)
  }

  #comeBack(): void {
    setTimeout(() => {
      if (!this.#isOver) this.#follow(this.#last)
    }, pause).unref()
  }

  #say(words: string): void {
    this.#outbox.send(packet(system(words, this.#backend.now())))
  }
}

const reasonOf = (why: End): unknown => {
  if (why._tag === "refused") return new Rejected({ rejection: why.rejection })
  return why._tag === "failed" ? why.cause : new Unusable()
}
