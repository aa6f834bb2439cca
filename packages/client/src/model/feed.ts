import type { FeedItem, Profile, Seq } from "@roomlog/schemas"
import { seqOf } from "../ids.ts"
import { type Frame, type Listener, Lost, type Server } from "../server.ts"
import type { VirtualClock } from "./clock.ts"
import { between, type ModelNode } from "./node.ts"
import type { ModelRoom } from "./room.ts"
import type { Weather } from "./server.ts"

/** What a feed stands on. */
export interface FeedSources {
  readonly room: ModelRoom
  readonly me: Profile
  readonly clock: VirtualClock
  readonly weather: Weather
  /** The node that the connection leads to; undefined while there is none. */
  readonly node: () => ModelNode | undefined
}

/** One subscription, as it lives on over connections. */
export interface ModelFeed {
  readonly isLive: () => boolean
  /** What was on its way is lost. */
  readonly lose: () => void
  /** Goes on from what was told last, on whichever node it is now. */
  readonly begin: () => void
  readonly stop: () => void
}

type Query = Parameters<Server["follow"]>[0]

/** A correct feed behind a bad network. It may tell twice what it told, and leave out what it is asked for again. */
export const modelFeed = (
  { from }: Query,
  listener: Listener<Frame>,
  { room, me, clock, weather, node }: FeedSources,
): ModelFeed => {
  let told = from === undefined ? room.log.length : seqOf(from)
  let next: Seq = told
  let queue: (() => void)[] = []
  let isOver = false
  let isLive = false
  /** Counts resumptions, so that what was under way before is not delivered after. */
  let leg = 0
  let unhear = (): void => {}
  const chance = (of: number): boolean => clock.random() < of

  const deliver = (frame: Frame, then: () => void = () => {}): void => {
    const mine = leg
    const send = (): void => {
      clock.after(1 + Math.floor(clock.random() * weather.delay), () => {
        if (isOver || mine !== leg) return
        told = Math.max(told, seqOf(frame.token))
        listener.heard(frame)
        then()
        queue.shift()
        queue[0]?.()
      })
    }
    queue.push(send)
    if (queue.length === 1) send()
  }
  const tell = (item: FeedItem): void => deliver({ token: room.token(next), item })

  const tellUpTo = (upTo: Seq): void => {
    const first = chance(weather.repeats) ? Math.max(0, next - 3) : next
    for (let seq = first; seq < upTo; seq = next) {
      const events = between(room, seq, Math.min(upTo, seq + 4))
      next = events.at(-1)!.seq
      tell({ _tag: "Events", events })
    }
  }

  const tellNews = (upTo: Seq): void => {
    if (upTo <= next) return
    if (!chance(weather.skips)) return tellUpTo(upTo)
    const [mine, before] = [leg, next]
    next = upTo
    clock.after(400, () => {
      if (isOver || mine !== leg || next !== upTo) return
      next = before
      tellUpTo(upTo)
    })
  }

  const lose = (): void => {
    leg++
    queue = []
    isLive = false
    unhear()
  }
  const end = (problem: Error | null): void => {
    if (isOver) return
    stop()
    listener.ended(problem)
  }
  const stop = (): void => {
    isOver = true
    unhear()
  }

  const begin = (): void => {
    lose()
    const on = node()
    if (on === undefined) return
    if (chance(weather.ends)) return endSomehow()
    next = told
    tellUpTo(on.heard() > next && chance(0.5) ? on.heard() : room.log.length)
    tell({ _tag: "Live", here: [{ id: me.id, name: me.name }] })
    isLive = true
    unhear = on.onHeard(() => tellNews(on.heard()))
    tellNews(on.heard())
  }

  /** With a reset, quietly, or broken. */
  const endSomehow = (): void => {
    const reset: Frame = { token: room.token(), item: { _tag: "Reset", reason: "too-far" } }
    if (chance(0.5)) deliver(reset, () => end(null))
    else end(chance(0.5) ? null : new Lost("The server broke."))
  }

  return { isLive: () => isLive, lose, begin, stop }
}
