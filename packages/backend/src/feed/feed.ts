import { Room } from "@roomlog/domain"
import type { Log, Stored } from "@roomlog/log"
import type { Command, CommandId, DeliveredEvent, Rejection, RoomId, Signal, Token, UserId } from "@roomlog/schemas"
import { tokenOf } from "../commands.ts"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import type { People } from "../identity/people.ts"
import { Online } from "../presence/online.ts"
import { recorded } from "../recorded.ts"
import type { Rooms } from "../room/readModel.ts"
import { Activity, type Watcher } from "./activity.ts"
import { catchUp, removes } from "./catchUp.ts"
import { Frame } from "./frame.ts"
import type { Sink } from "./sink.ts"
import { mostBuffered, Subscriber } from "./subscriber.ts"

/** Milliseconds that a subscriber may be stalled before it is closed. */
const patience = 5_000

export interface FeedSources {
  readonly log: Log<Command, Rejection>
  readonly rooms: Rooms
  readonly people: People
  readonly now: () => number
}

/** What one room's subscribers share. */
interface RoomFeed {
  readonly subscribers: Set<Subscriber>
  readonly online: Online
}

/**
 * Tells committed events, in order and encoded once, to everybody who follows their room. A subscriber is registered
 * before the backlog is read, so that nothing falls between the two.
 */
export class Feed {
  readonly sources: FeedSources
  readonly #rooms = new Map<RoomId, RoomFeed>()
  readonly #activity = new Activity()
  readonly #stalled = new Set<Subscriber>()
  #names: Promise<void> | undefined

  constructor(sources: FeedSources) {
    this.sources = sources
  }

  /** Follows a room from a token, or from now. The sink hears of everything else, refusal included. Returns how to stop. */
  follow(room: RoomId, actor: Actor, from: Token | undefined, sink: Sink): () => void {
    const subscriber = new Subscriber(room, actor, sink)
    this.#room(room).subscribers.add(subscriber)
    void catchUp(subscriber, from, this)
    return () => this.#leave(subscriber)
  }

  /** Tells a watcher what is new in its person's rooms. Returns how to stop. */
  watch(watcher: Watcher, rooms: ReadonlyArray<RoomId>): () => void {
    return this.#activity.watch(watcher, rooms)
  }

  /** Tells something that is only true now to everybody in the room. */
  signal(room: RoomId, signal: Signal): void {
    const frames = new Map<number, Frame>()
    for (const subscriber of this.#rooms.get(room)?.subscribers ?? []) {
      if (subscriber.phase !== "live" || subscriber.sink.buffered() > mostBuffered) continue
      const { last } = subscriber
      const frame = frames.get(last) ?? new Frame(this.token(last), { _tag: "Signal", signal })
      frames.set(last, frame)
      subscriber.sink.deliver(frame)
    }
  }

  /** Takes a group of committed events in log order; groups are told in the order in which they come. */
  hear(events: ReadonlyArray<Stored>): void {
    if (this.#rooms.size === 0 && this.#activity.isEmpty()) return
    if (
      this.#names === undefined &&
      events.every(({ actor }) => this.sources.people.known(actor as UserId) !== undefined)
    )
      return this.#tell(this.delivered(events))
    const before = this.#names ?? Promise.resolve()
    const told = before.then(() => this.named(events)).then((named) => this.#tell(named))
    const settled: Promise<void> = told
      .catch((cause) => this.#fail(cause))
      .then(() => {
        if (this.#names === settled) this.#names = undefined
      })
    this.#names = settled
  }

  /** Ends every subscription of a session or, at the end, all of them. */
  end(session?: string): void {
    for (const { subscribers } of this.#rooms.values())
      for (const subscriber of subscribers) {
        if (session !== undefined && subscriber.actor.session !== session) continue
        subscriber.end(session ? { _tag: "refused", rejection: { _tag: "NotSignedIn" } } : { _tag: "closing" })
        this.#leave(subscriber)
      }
  }

  /** Who is connected to a room. */
  here(room: RoomId): ReturnType<Online["list"]> {
    return this.#rooms.get(room)?.online.list() ?? []
  }

  /** How many subscriptions there are. */
  size(): number {
    return [...this.#rooms.values()].reduce((sum, { subscribers }) => sum + subscribers.size, 0)
  }

  token(seq: number): Token {
    return tokenOf(this.sources.log.epoch(), seq)
  }

  /** A caught-up subscriber goes live, and its person may have come online with it. */
  welcome(subscriber: Subscriber): void {
    const { room, actor } = subscriber
    const first = !subscriber.welcomed && this.#room(room).online.enter(actor)
    subscriber.welcomed = true
    subscriber.phase = "live"
    subscriber.sink.deliver(new Frame(this.token(subscriber.last), { _tag: "Live", here: this.here(room) }))
    if (first) this.signal(room, { _tag: "CameOnline", user: actor.id, name: actor.name })
  }

  /** Stored events with their authors' names, which must be known. */
  delivered(events: ReadonlyArray<Stored>): ReadonlyArray<DeliveredEvent> {
    return events.map((stored) => {
      const event = recorded(stored)
      return { ...event, name: this.sources.people.known(event.by) ?? "somebody", command: stored.command as CommandId }
    })
  }

  /** Stored events with their authors' names. */
  async named(events: ReadonlyArray<Stored>): Promise<ReadonlyArray<DeliveredEvent>> {
    await run(this.sources.people.named(events.map(({ actor }) => actor as UserId)))
    return this.delivered(events)
  }

  #tell(events: ReadonlyArray<DeliveredEvent>): void {
    const { now } = this.sources
    for (const run of runs(events)) {
      const last = run.at(-1)!
      const feed = this.#rooms.get(last.room)
      if (feed) {
        const frame = new Frame(this.token(last.seq), { _tag: "Events", events: run })
        for (const subscriber of feed.subscribers) {
          subscriber.hear(run, frame, now)
          if (subscriber.phase === "stalled") this.#watchStalled(subscriber)
        }
        this.#dropWhoLeft(feed, last)
      }
      for (const event of run) this.#activity.hear(event)
    }
  }

  /** Ends the subscriptions of whom an event took the right to read: before anything after it is told. */
  #dropWhoLeft({ subscribers }: RoomFeed, event: DeliveredEvent): void {
    if (Room.membership(event)?.role !== null) return
    for (const subscriber of subscribers) {
      if (!removes(event, subscriber) || !subscriber.isPrivate) continue
      if (subscriber.phase === "catching-up") subscriber.doubtful = true
      else {
        subscriber.end({ _tag: "refused", rejection: { _tag: "RoomNotFound", room: event.room } })
        this.#leave(subscriber)
      }
    }
  }

  /** Without names nothing can be told: everybody comes back with their last token and reads the log. */
  #fail(cause: unknown): void {
    for (const { subscribers } of this.#rooms.values())
      for (const subscriber of subscribers) {
        subscriber.end({ _tag: "failed", cause })
        this.#leave(subscriber)
      }
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
    const feed = this.#rooms.get(subscriber.room)
    if (!feed?.subscribers.delete(subscriber)) return
    subscriber.phase = "ended"
    if (feed.subscribers.size === 0) this.#rooms.delete(subscriber.room)
    if (!subscriber.welcomed || !feed.online.leave(subscriber.actor)) return
    const { id, name } = subscriber.actor
    this.signal(subscriber.room, { _tag: "WentOffline", user: id, name })
  }

  #room(room: RoomId): RoomFeed {
    const feed = this.#rooms.get(room) ?? { subscribers: new Set(), online: new Online() }
    this.#rooms.set(room, feed)
    return feed
  }
}

/** Groups of events that follow each other in one room, each group ending where somebody may lose the right to read. */
const runs = (events: ReadonlyArray<DeliveredEvent>): ReadonlyArray<ReadonlyArray<DeliveredEvent>> => {
  const byRoom = Map.groupBy(events, ({ room }) => room)
  return [...byRoom.values()].flatMap((all) => {
    const ends = all.flatMap((event, i) => (Room.membership(event)?.role === null ? [i + 1] : []))
    return [0, ...ends].map((start, i) => all.slice(start, ends[i] ?? all.length)).filter((run) => run.length > 0)
  })
}
