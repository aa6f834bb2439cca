import { setTimeout as delay } from "node:timers/promises"
import { Room } from "@roomlog/domain"
import { type DeliveredEvent, limits, type Seq, type Token } from "@roomlog/schemas"
import { run } from "../edge.ts"
import { Rejected } from "../rejected.ts"
import type { Feed } from "./feed.ts"
import { Frame } from "./frame.ts"
import { mostBuffered, type Subscriber } from "./subscriber.ts"

/** Events in one frame of a backlog. */
const pageSize = 500
/** Milliseconds that a page of backlog may wait for a slow socket. */
const patience = 5_000

/**
 * Brings a registered subscriber from its token to the live end: checks the right to read, reads what it missed,
 * adds what came meanwhile, and lets it go live in the same turn. Never throws: the sink hears how it ended.
 */
export const catchUp = async (subscriber: Subscriber, from: Token | undefined, feed: Feed): Promise<void> => {
  subscriber.phase = "catching-up"
  try {
    await authorise(subscriber, feed)
    if (!(await start(subscriber, from, feed))) return
    await readBacklog(subscriber, feed)
    while (subscriber.doubtful) await authorise(subscriber, feed)
    if (isOver(subscriber)) return
    tell(subscriber, subscriber.takeHeld(), feed)
    feed.welcome(subscriber)
  } catch (cause) {
    subscriber.end(
      cause instanceof Rejected ? { _tag: "refused", rejection: cause.rejection } : { _tag: "failed", cause },
    )
  }
}

const authorise = async (subscriber: Subscriber, { sources }: Feed): Promise<void> => {
  subscriber.doubtful = false
  const room = await run(sources.rooms.readable(subscriber.actor.id, subscriber.room))
  subscriber.isPrivate = room.visibility === "private"
}

/** Finds the seq to go on from; false when the token cannot be continued and the subscriber was told so. */
const start = async (subscriber: Subscriber, from: Token | undefined, feed: Feed): Promise<boolean> => {
  const head = await run(feed.sources.log.streamHead(subscriber.room))
  const [epoch, seq] = from === undefined ? [feed.sources.log.epoch(), head] : parse(from)
  subscriber.last = Math.min(seq, head)
  const reason = whyReset({ epoch, seq, head, current: feed.sources.log.epoch() })
  if (reason === undefined) return true
  subscriber.sink.deliver(new Frame(feed.token(head), { _tag: "Reset", reason }))
  subscriber.end({ _tag: "reset" })
  return false
}

const whyReset = (at: { epoch: string; seq: Seq; head: Seq; current: string }) => {
  if (at.epoch !== at.current) return "rewound"
  if (at.seq > at.head) return "ahead"
  return at.head - at.seq > limits.backlog ? "too-far" : undefined
}

const readBacklog = async (subscriber: Subscriber, feed: Feed): Promise<void> => {
  for (let full = true; full && !isOver(subscriber); ) {
    await room(subscriber)
    const page = await feed.named(await run(feed.sources.log.readStream(subscriber.room, subscriber.last, pageSize)))
    // The page may be newer than the right to read it, and a removal in it may not have come through the feed yet.
    if (page.some((event) => removes(event, subscriber))) await authorise(subscriber, feed)
    tell(subscriber, page, feed)
    full = page.length === pageSize
  }
}

const tell = (subscriber: Subscriber, events: ReadonlyArray<DeliveredEvent>, feed: Feed): void => {
  const last = events.at(-1)?.seq
  if (last === undefined || isOver(subscriber)) return
  subscriber.last = last
  subscriber.sink.deliver(new Frame(feed.token(last), { _tag: "Events", events }))
}

/** Waits until there is room for another page, but not for ever. */
const room = async (subscriber: Subscriber): Promise<void> => {
  for (let waited = 0; subscriber.sink.buffered() > mostBuffered && !isOver(subscriber); waited += 20) {
    if (waited > patience) return subscriber.end({ _tag: "slow" })
    await delay(20)
  }
}

/** Whether an event ends the membership of a subscriber's person. */
export const removes = (event: DeliveredEvent, { actor }: Subscriber): boolean => {
  const membership = Room.membership(event)
  return membership?.role === null && membership.user === actor.id
}

const isOver = (subscriber: Subscriber): boolean => subscriber.phase === "ended"

const parse = (token: Token): readonly [epoch: string, seq: Seq] => {
  const [epoch, seq] = token.split(".")
  return [epoch!, Number(seq)]
}
