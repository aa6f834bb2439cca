import type { Carrier, Log, Stored } from "@roomlog/log"
import type { Command, DeliveredEvent, Profile, Rejection, RoomId, Seq, Signal, Token, UserId } from "@roomlog/schemas"
import { tokenOf } from "../commands.ts"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import type { People } from "../identity/people.ts"
import type { FeedObserver } from "../observer.ts"
import type { Presence } from "../presence/presence.ts"
import type { Rooms } from "../room/readModel.ts"
import { Activity, type Watcher } from "./activity.ts"
import { Backlog } from "./backlog.ts"
import { catchUp } from "./catchUp.ts"
import { Frame } from "./frame.ts"
import { delivered, type Line, lineOf } from "./line.ts"
import { OpenRooms } from "./openRooms.ts"
import { isDoubtful, removals, runs } from "./rights.ts"
import { RoomFeed } from "./roomFeed.ts"
import { signalIn, signalsOf } from "./signals.ts"
import type { Sink } from "./sink.ts"
import { mostBuffered, patience, Subscriber } from "./subscriber.ts"

export interface FeedSources {
  readonly log: Log<Command, Rejection>
  readonly rooms: Rooms
  readonly people: People
  readonly presence: Presence
  readonly carrier: Carrier
  readonly now: () => number
  readonly observe?: FeedObserver
}

/**
 * Tells committed events, in order and encoded once, to everybody who follows their room. A subscriber is registered
 * before the backlog is read, so that nothing falls between the two.
 */
export class Feed {
  readonly sources: FeedSources
  readonly backlog = new Backlog(this)
  readonly #rooms: OpenRooms
  readonly #activity: Activity
  readonly #stalled = new Set<Subscriber>()
  #names: Promise<void> | undefined

  constructor(sources: FeedSources) {
    this.sources = sources
    this.#rooms = new OpenRooms((room) => this.#open(room), sources.now)
    this.#activity = new Activity((room) => sources.log.interest(room).release)
    sources.presence.onChange((room, { user, name, online }) =>
      this.#tellSignal(room, { _tag: online ? "CameOnline" : "WentOffline", user, name }),
    )
    sources.carrier.onDoubt(() => this.#activity.doubt())
  }

  /** Follows a room from a token, or from now. The sink hears of everything else, refusal included. Returns how to stop. */
  follow(room: RoomId, actor: Actor, from: Token | undefined, sink: Sink): () => void {
    const subscriber = new Subscriber(room, actor, sink)
    subscriber.onEnd = this.sources.observe?.ended
    this.room(room).subscribers.add(subscriber)
    void catchUp(subscriber, from, this)
    return () => this.#leave(subscriber)
  }

  /** Tells a watcher what is new in its person's rooms. Returns how to stop. */
  watch(watcher: Watcher, rooms: ReadonlyArray<RoomId>): () => void {
    return this.#activity.watch(watcher, rooms)
  }

  /** Tells that somebody is typing to everybody in the room, on all nodes; at most once a second. */
  typing(room: RoomId, { id: user, name }: Profile): void {
    if (!this.room(room).mayTell(user, this.sources.now())) return
    const signal: Signal = { _tag: "Typed", user, name }
    this.sources.carrier.tell(signalsOf(room), JSON.stringify(signal))
    this.#tellSignal(room, signal)
  }

  /** Takes a group of committed events in log order; groups are told in the order in which they come. */
  hear(events: ReadonlyArray<Stored>): void {
    const heard = performance.now()
    if (this.#rooms.isEmpty() && this.#activity.isEmpty()) return
    if (
      this.#names === undefined &&
      events.every(({ actor }) => this.sources.people.known(actor as UserId) !== undefined)
    )
      return this.#tell(this.#delivered(events), heard)
    const before = this.#names ?? Promise.resolve()
    const told = before.then(() => this.#named(events)).then((named) => this.#tell(named, heard))
    const settled: Promise<void> = told
      .catch((cause) => this.#fail(cause))
      .then(() => {
        if (this.#names === settled) this.#names = undefined
      })
    this.#names = settled
  }

  /** Ends every subscription of a session. */
  endSession(session: string): void {
    for (const subscriber of this.#rooms.subscribers()) {
      if (subscriber.actor.session !== session) continue
      subscriber.end({ _tag: "refused", rejection: { _tag: "NotSignedIn" } })
      this.#leave(subscriber)
    }
  }

  /** Ends every subscription. */
  close(): void {
    for (const subscriber of this.#rooms.subscribers()) {
      subscriber.end({ _tag: "closing" })
      this.#leave(subscriber)
    }
    this.#rooms.close()
  }

  /** How many subscriptions there are. */
  size(): number {
    return this.#rooms.subscribers().length
  }

  /** What the subscribers of a room share. */
  room(room: RoomId): RoomFeed {
    return this.#rooms.at(room)
  }

  /** What memory holds of a room after a seq: `null` when there is nothing to tell, undefined when it does not reach. */
  recent(room: RoomId, after: Seq): Frame | null | undefined {
    return this.room(room).since(after, (seq) => this.token(seq))
  }

  /** Events that follow each other, to be told together. */
  frame(lines: ReadonlyArray<Line>): Frame {
    return Frame.of(this.token(lines.at(-1)!.seq), lines)
  }

  token(seq: number): Token {
    return tokenOf(this.sources.log.epoch(), seq)
  }

  /** A caught-up subscriber goes live, and its person may have come online with it. */
  welcome(subscriber: Subscriber): void {
    const { room, actor } = subscriber
    if (!subscriber.welcomed) this.sources.presence.enter(room, actor)
    subscriber.welcomed = true
    subscriber.phase = "live"
    subscriber.sink.deliver(
      new Frame(this.token(subscriber.last), { _tag: "Live", here: this.sources.presence.here(room) }),
    )
  }

  /** What somebody is called, who must be known. */
  readonly nameOf = (user: UserId): string => this.sources.people.known(user) ?? "somebody"

  #delivered(events: ReadonlyArray<Stored>): ReadonlyArray<DeliveredEvent> {
    return events.map((stored) => delivered(stored, this.nameOf))
  }

  async #named(events: ReadonlyArray<Stored>): Promise<ReadonlyArray<DeliveredEvent>> {
    await run(this.sources.people.named(events.map(({ actor }) => actor as UserId)))
    return this.#delivered(events)
  }

  #tell(events: ReadonlyArray<DeliveredEvent>, heard: number): void {
    const { now, observe } = this.sources
    for (const run of runs(events)) {
      const last = run.at(-1)!
      const feed = this.#rooms.get(last.room)
      if (feed) {
        const lines = run.map(lineOf)
        const frame = this.frame(lines)
        feed.hear(lines)
        // Who is past the event has asked for the right to read after it.
        const leaving = removals(feed.subscribers, last)
        for (const subscriber of feed.subscribers) {
          subscriber.hear(lines, frame, now)
          if (subscriber.phase === "stalled") this.#watchStalled(subscriber)
        }
        if (feed.subscribers.size > 0) observe?.told(run, feed.subscribers.size, heard)
        this.#drop(leaving)
        if (isDoubtful(last)) this.#doubt(feed)
      }
      for (const event of run) this.#activity.hear(event)
    }
  }

  /** What a newer version did may have ended anybody's right to read: everybody asks again before anything after it. */
  #doubt({ subscribers }: RoomFeed): void {
    for (const subscriber of subscribers)
      if (subscriber.phase === "live") void catchUp(subscriber, this.token(subscriber.last), this)
      else subscriber.doubtful = true
  }

  /** Ends the subscriptions of whom an event took the right to read: before anything after it is told. */
  #drop(leaving: ReadonlyArray<Subscriber>): void {
    for (const subscriber of leaving) {
      if (subscriber.phase === "catching-up") subscriber.doubtful = true
      else {
        subscriber.end({ _tag: "refused", rejection: { _tag: "RoomNotFound", room: subscriber.room } })
        this.#leave(subscriber)
      }
    }
  }

  #tellSignal(room: RoomId, signal: Signal): void {
    const frames = new Map<number, Frame>()
    for (const subscriber of this.#rooms.get(room)?.subscribers ?? []) {
      if (subscriber.phase !== "live" || subscriber.sink.buffered() > mostBuffered) continue
      const { last } = subscriber
      const frame = frames.get(last) ?? new Frame(this.token(last), { _tag: "Signal", signal })
      frames.set(last, frame)
      subscriber.sink.deliver(frame)
    }
  }

  /** Without names nothing can be told: everybody comes back with their last token and reads the log. */
  #fail(cause: unknown): void {
    for (const subscriber of this.#rooms.subscribers()) {
      subscriber.end({ _tag: "failed", cause })
      this.#leave(subscriber)
    }
    this.#rooms.clear()
  }

  #watchStalled(subscriber: Subscriber): void {
    if (this.#stalled.has(subscriber)) return
    this.#stalled.add(subscriber)
    const look = setInterval(() => {
      const isOver = subscriber.phase !== "stalled"
      const isDrained = subscriber.sink.buffered() === 0
      const isLost = this.sources.now() - subscriber.stalledSince > patience
      if (!isOver && !isDrained && !isLost) return
      clearInterval(look)
      this.#stalled.delete(subscriber)
      if (isOver) return
      if (isDrained) return void catchUp(subscriber, this.token(subscriber.last), this)
      subscriber.end({ _tag: "slow" })
      this.#leave(subscriber)
    }, 100)
    look.unref()
  }

  #leave(subscriber: Subscriber): void {
    const { room, actor } = subscriber
    const feed = this.#rooms.get(room)
    if (!feed?.subscribers.delete(subscriber)) return
    subscriber.phase = "ended"
    if (subscriber.welcomed) this.sources.presence.leave(room, actor)
    if (feed.subscribers.size > 0) return
    this.sources.presence.forget(room)
    this.#rooms.left(room, feed)
  }

  #open(room: RoomId): RoomFeed {
    const stopHearing = this.sources.carrier.hear(signalsOf(room), (message) => {
      const signal = signalIn(message)
      if (signal) this.#tellSignal(room, signal)
    })
    return new RoomFeed(this.sources.log.interest(room), stopHearing)
  }
}
