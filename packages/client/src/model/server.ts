import type { DeliveredEvent, FeedItem, Profile, Seq } from "@roomlog/schemas"
import { cell } from "../cell.ts"
import type { Connection } from "../contract.ts"
import { seqOf } from "../ids.ts"
import { type Frame, type Listener, Lost, type Server } from "../server.ts"
import type { VirtualClock } from "./clock.ts"
import type { ModelRoom } from "./room.ts"

/** How bad the network is, each from 0 to 1. */
export interface Weather {
  /** How often an answer never comes although the connection stands. */
  drops: number
  /** How often a resumed feed tells again what it had told. */
  repeats: number
  /** How often a feed ends instead of going on: quietly, broken, or with a reset. */
  ends: number
  /** Longest way of one message, in ms. */
  delay: number
}

/** A correct server behind a bad network, for one client. */
export interface ModelServer extends Server {
  /** Cuts every connection; it comes back after so many ms. */
  readonly cut: (ms: number) => void
  readonly weather: Weather
}

/** A server of one room for one person. */
export const modelServer = (room: ModelRoom, me: Profile, clock: VirtualClock, weather: Weather): ModelServer => {
  const connection = cell<Connection>({ _tag: "online" })
  /** Counts connections; what was under way on an older one is lost. */
  let line = 0
  /** Calls that are made while there is no connection go out with the next one. */
  const waiting: (() => void)[] = []
  const resumers = new Set<() => void>()
  const losers = new Set<() => void>()
  const feedLosers = new Set<() => void>()
  const chance = (of: number): boolean => clock.random() < of
  const way = (): number => 1 + Math.floor(clock.random() * weather.delay)
  const isUp = (): boolean => connection.get()._tag === "online"

  /** A call: there, work, back. Each leg takes its own time, so answers overtake each other. */
  const call = <T>(work: () => T, later = way()): Promise<T> =>
    new Promise((resolve, reject) => {
      const lose = (): void => reject(new Lost("The connection was lost."))
      const send = (): void => {
        const mine = line
        losers.add(lose)
        clock.after(way() + later, () => {
          if (mine !== line) return
          const outcome = attempt(work)
          if (chance(weather.drops)) return
          clock.after(way(), () => {
            if (mine !== line) return
            losers.delete(lose)
            if (outcome.ok) resolve(outcome.value)
            else reject(outcome.problem)
          })
        })
      }
      if (isUp()) send()
      else waiting.push(send)
    })

  const follow: Server["follow"] = ({ from }, listener) => {
    let told = from === undefined ? room.log.length : seqOf(from)
    let queue: (() => void)[] = []
    let isOver = false
    /** Counts resumptions, so that what was under way before is not delivered after. */
    let leg = 0
    let next: Seq = told
    let isLive = false

    const deliver = (frame: Frame, then: () => void = () => {}): void => {
      const mine = leg
      const send = (): void => {
        clock.after(way(), () => {
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
    const stop = (): void => {
      isOver = true
      resumers.delete(begin)
    }
    const end = (problem: Error | null): void => {
      if (isOver) return
      stop()
      listener.ended(problem)
    }
    const lose = (): void => {
      leg++
      queue = []
      isLive = false
    }
    const begin = (): void => {
      lose()
      if (!isUp()) return
      if (chance(weather.ends)) return finish(deliver, end, room, chance)
      next = chance(weather.repeats) ? Math.max(0, told - 3) : told
      const missed = room.log.slice(next)
      for (let n = 0; n < missed.length; n += 4) {
        const events = missed.slice(n, n + 4)
        next = events.at(-1)!.seq
        tell({ _tag: "Events", events })
      }
      tell({ _tag: "Live", here: [{ id: me.id, name: me.name }] })
      isLive = true
    }
    room.onEvent((event: DeliveredEvent) => {
      if (isOver || !isLive) return
      next = event.seq
      tell({ _tag: "Events", events: [event] })
    })
    resumers.add(begin)
    feedLosers.add(lose)
    begin()
    return () => {
      stop()
      feedLosers.delete(lose)
    }
  }

  const unused = (): never => {
    throw new Error("the model has only one room")
  }
  return {
    connection,
    weather,
    cut: (ms) => {
      line++
      connection.set({ _tag: "waiting", since: clock.now(), retryAt: clock.now() + ms })
      for (const lose of [...losers]) lose()
      losers.clear()
      for (const lose of feedLosers) lose()
      const mine = line
      clock.after(ms, () => {
        if (mine !== line) return
        connection.set({ _tag: "online" })
        for (const send of waiting.splice(0)) send()
        for (const resume of [...resumers]) resume()
      })
    },
    me: () => call(() => me),
    signIn: unused,
    signOut: unused,
    speakFor: () => {},
    list: () => call(() => []),
    find: unused,
    members: () => call(() => []),
    invitation: unused,
    history: async (query) => {
      const head = await call(() => room.log.length)
      return call(() => room.page(query, me.id, head), 0)
    },
    reactors: unused,
    tell: (command, id) => call(() => room.tell(me, command, id)),
    markRead: () => call(() => {}),
    typing: () => call(() => {}),
    follow,
    activity: () => () => {},
    close: () => {},
  }
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: unknown }

const attempt = <T>(work: () => T): Outcome<T> => {
  try {
    return { ok: true, value: work() }
  } catch (problem) {
    return { ok: false, problem }
  }
}

/** A feed that does not go on: with a reset, quietly, or broken. */
const finish = (
  deliver: (frame: Frame, then: () => void) => void,
  end: Listener<Frame>["ended"],
  room: ModelRoom,
  chance: (of: number) => boolean,
): void => {
  const reset: Frame = { token: room.token(), item: { _tag: "Reset", reason: "too-far" } }
  if (chance(0.5)) deliver(reset, () => end(null))
  else end(chance(0.5) ? null : new Lost("The server broke."))
}
