import { setTimeout as delay } from "node:timers/promises"
import { limits, type Seq, type Token } from "@roomlog/schemas"
import { run } from "../edge.ts"
import type { Resume } from "../measures.ts"
import { Rejected } from "../rejected.ts"
import type { Feed } from "./feed.ts"
import { Frame } from "./frame.ts"
import { isDoubtful, removes } from "./rights.ts"
import { mostBuffered, patience, type Subscriber } from "./subscriber.ts"

/**
 * Brings a registered subscriber from its token to the live end: checks the right to read, reads what it missed,
 * adds what came meanwhile, and lets it go live in the same turn. Never throws: the sink hears how it ended.
 */
export const catchUp = async (subscriber: Subscriber, from: Token | undefined, feed: Feed): Promise<void> => {
  subscriber.phase = "catching-up"
  try {
    if (!(await start(subscriber, from, feed))) return
    await readBacklog(subscriber, feed)
    while (subscriber.doubtful) await authorise(subscriber, feed)
    if (isOver(subscriber)) return
    const held = subscriber.takeHeld()
    if (held.length > 0) tell(subscriber, feed.frame(held))
    feed.welcome(subscriber)
  } catch (cause) {
    subscriber.end(
      cause instanceof Rejected ? { _tag: "refused", rejection: cause.rejection } : { _tag: "failed", cause },
    )
  }
}

const authorise = async (subscriber: Subscriber, { sources }: Feed): Promise<void> => {
  subscriber.doubtful = false
  const { visibility } = await sources.rooms.readableTogether(subscriber.actor.id, subscriber.room)
  subscriber.isPrivate = visibility === "private"
}

/**
 * Finds the seq to go on from; false when the token cannot be continued and the subscriber was told so. The right to
 * read is asked for after the head, so that a removal up to the head cannot be overlooked.
 */
const start = async (subscriber: Subscriber, from: Token | undefined, feed: Feed): Promise<boolean> => {
  const current = feed.sources.log.epoch()
  const told = await feed.room(subscriber.room).head()
  const [epoch, seq] = from === undefined ? [current, told] : parse(from)
  // Another node may have told more than this one has heard yet.
  const head = seq > told ? await run(feed.sources.log.streamHead(subscriber.room)) : told
  await Promise.all([authorise(subscriber, feed), feed.sources.presence.know(subscriber.room)])
  subscriber.last = Math.min(seq, head)
  const reason = whyReset({ epoch, seq, head, current })
  if (reason === undefined || isOver(subscriber)) return !isOver(subscriber)
  feed.sources.observe?.resumed("reset")
  subscriber.sink.deliver(new Frame(feed.token(head), { _tag: "Reset", reason }))
  subscriber.end({ _tag: "reset" })
  return false
}

const whyReset = (at: { epoch: string; seq: Seq; head: Seq; current: string }) => {
  if (at.epoch !== at.current) return "rewound"
  if (at.seq > at.head) return "ahead"
  return at.head - at.seq > limits.backlog ? "too-far" : undefined
}

/** From memory where that reaches, from the database up to there. */
const readBacklog = async (subscriber: Subscriber, feed: Feed): Promise<void> => {
  const { observe } = feed.sources
  let from: Resume = "nothing"
  while (!isOver(subscriber)) {
    while (subscriber.doubtful) await authorise(subscriber, feed)
    const recent = feed.recent(subscriber.room, subscriber.last)
    if (isOver(subscriber)) return
    if (recent) tell(subscriber, recent)
    if (recent !== undefined) return observe?.resumed(recent && from === "nothing" ? "memory" : from)
    await room(subscriber)
    const page = await feed.backlog.page(subscriber.room, subscriber.last)
    if (page === "recent") continue
    from = "database"
    if (page === undefined) return observe?.resumed(from)
    // The page may be newer than the right to read it, and a removal in it may not have come through the feed yet.
    if (page.doubts.some((event) => isDoubtful(event) || removes(event, subscriber))) await authorise(subscriber, feed)
    tell(subscriber, page.frame)
    if (!page.isFull) return observe?.resumed(from)
  }
}

const tell = (subscriber: Subscriber, frame: Frame): void => {
  if (isOver(subscriber)) return
  subscriber.last = parse(frame.token)[1]
  subscriber.sink.deliver(frame)
}

/** Waits until there is room for another page, but not for ever. */
const room = async (subscriber: Subscriber): Promise<void> => {
  for (let waited = 0; subscriber.sink.buffered() > mostBuffered && !isOver(subscriber); waited += 20) {
    if (waited > patience) return subscriber.end({ _tag: "slow" })
    await delay(20)
  }
}

const isOver = (subscriber: Subscriber): boolean => subscriber.phase === "ended"

const parse = (token: Token): readonly [epoch: string, seq: Seq] => {
  const [epoch, seq] = token.split(".")
  return [epoch!, Number(seq)]
}
