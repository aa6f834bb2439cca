import type { DeliveredEvent, FeedItem, RoomId, Seq, Token } from "@roomlog/schemas"
import type { Clock } from "../clock.ts"
import { seqOf } from "../ids.ts"
import { asError, isPassing, waitAfter } from "../insist.ts"
import type { Frame, Server } from "../server.ts"

/** Who listens to a room. */
export interface Hearer {
  readonly live: (here: Extract<FeedItem, { _tag: "Live" }>["here"]) => void
  /** In order, without a gap and without a repeat. */
  readonly events: (events: ReadonlyArray<DeliveredEvent>) => void
  readonly signal: (signal: Extract<FeedItem, { _tag: "Signal" }>["signal"]) => void
  /** Going on from here is impossible: load a page afresh and follow again. The feed has ended. */
  readonly reset: () => void
  /** The right to read has ended, and the feed with it. */
  readonly lost: (problem: Error) => void
}

export interface FeedNeeds {
  readonly server: Server
  readonly clock: Clock
  readonly retryDelay: (n: number) => number
}

/** Follows a room from a token on, over whatever happens to the connection, until it is stopped. */
export const followRoom = (room: RoomId, from: Token, hearer: Hearer, { server, clock, retryDelay }: FeedNeeds) => {
  let token = from
  /** The event before which some were missing, until the server has told again everything that it has. */
  let gapBefore: Seq | null = null
  let tries = 0
  let isOver = false
  let leave = (): void => {}

  const begin = (): void => {
    let isCurrent = true
    const end = (then: () => void): void => {
      if (!isCurrent || isOver) return
      isCurrent = false
      stopped()
      then()
    }
    const heard = ({ token: next, item }: Frame): void => {
      if (!isCurrent || isOver) return
      if (item._tag === "Reset") return end(() => finish(hearer.reset))
      tries = 0
      if (item._tag === "Live") {
        gapBefore = null
        return hearer.live(item.here)
      }
      if (item._tag === "Signal") return hearer.signal(item.signal)
      const news = item.events.filter(({ seq }) => seq > seqOf(token))
      const first = news[0]
      if (first === undefined) return
      if (first.seq > seqOf(token) + 1 && gapBefore !== first.seq) {
        gapBefore = first.seq
        return end(begin)
      }
      token = next
      hearer.events(news)
    }
    const ended = (problem: Error | null): void =>
      end(() => {
        if (problem !== null && !isPassing(problem)) finish(() => hearer.lost(problem))
        else again(waitAfter(problem) ?? retryDelay(tries++))
      })
    let stopped = (): void => {}
    const stop = server.follow({ room, from: token }, { heard, ended: (problem) => ended(problem && asError(problem)) })
    stopped = stop
    if (isCurrent) leave = stop
    else stop()
  }

  const again = (ms: number): void => {
    leave = clock.after(ms, begin)
  }

  const finish = (tell: () => void): void => {
    isOver = true
    tell()
  }

  begin()
  return () => {
    isOver = true
    leave()
  }
}
