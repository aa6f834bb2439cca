import type { Profile } from "@roomlog/schemas"
import { cell } from "../cell.ts"
import type { Connection } from "../contract.ts"
import { Lost, type Server } from "../server.ts"
import type { VirtualClock } from "./clock.ts"
import { type ModelFeed, modelFeed } from "./feed.ts"
import { modelNode } from "./node.ts"
import type { ModelRoom } from "./room.ts"

/** How bad the network is; chances from 0 to 1. */
export interface Weather {
  /** How often an answer never comes although the connection stands. */
  drops: number
  /** How often a feed tells again what it had told, and a call arrives twice, the second time on any node. */
  repeats: number
  /** How often a feed ends instead of going on: quietly, broken, or with a reset. */
  ends: number
  /** How often a feed leaves out events, so that the next ones have a gap before them. */
  skips: number
  /** Longest way of one message, in ms. */
  delay: number
  /** How far a node's feed may be behind the log, in ms. */
  lag: number
}

/** What was going on when a connection was cut. */
export type Moment = "asking" | "sending" | "joining" | "live" | "apart"

/** Several correct servers of one room behind a bad network, for one client. */
export interface ModelServer extends Server {
  /** Cuts every connection; it comes back after so many ms, and leads to any of the nodes. Says what it broke into. */
  readonly cut: (ms: number) => ReadonlySet<Moment>
  /** The node that the client is on hears nothing for so many ms. */
  readonly fallBehind: (ms: number) => void
  readonly weather: Weather
}

/** Three nodes of a room for one person. */
export const modelServer = (room: ModelRoom, me: Profile, clock: VirtualClock, weather: Weather): ModelServer => {
  const connection = cell<Connection>({ _tag: "online" })
  const nodes = [1, 2, 3].map(() => modelNode(room, clock, () => 1 + Math.floor(clock.random() * weather.lag)))
  let node = nodes[0]!
  /** Counts connections; what was under way on an older one is lost. */
  let line = 0
  /** Calls that are made while there is no connection go out with the next one. */
  const waiting: (() => void)[] = []
  const feeds = new Set<ModelFeed>()
  const losers = new Map<() => void, Moment>()
  const chance = (of: number): boolean => clock.random() < of
  const way = (): number => 1 + Math.floor(clock.random() * weather.delay)
  const isUp = (): boolean => connection.get()._tag === "online"

  /** A call: there, work, back. Each leg takes its own time, so answers overtake each other. */
  const call = <T>(work: () => T, what: Moment = "asking", later = way()): Promise<T> =>
    new Promise((resolve, reject) => {
      const lose = (): void => reject(new Lost("The connection was lost."))
      const send = (): void => {
        const mine = line
        losers.set(lose, what)
        if (chance(weather.repeats)) clock.after(way() + later + way() * 10, () => void attempt(work))
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

  const moments = (): ReadonlySet<Moment> =>
    new Set(
      isUp() ? [...losers.values(), ...[...feeds].map((feed) => (feed.isLive() ? "live" : "joining"))] : ["apart"],
    )

  const unused = (): never => {
    throw new Error("the model has only one room")
  }
  return {
    connection,
    weather,
    cut: (ms) => {
      const broken = moments()
      line++
      connection.set({ _tag: "waiting", since: clock.now(), retryAt: clock.now() + ms })
      for (const lose of [...losers.keys()]) lose()
      losers.clear()
      for (const feed of feeds) feed.lose()
      const mine = line
      clock.after(ms, () => {
        if (mine !== line) return
        node = nodes[Math.floor(clock.random() * nodes.length)]!
        connection.set({ _tag: "online" })
        for (const send of waiting.splice(0)) send()
        for (const feed of [...feeds]) feed.begin()
      })
      return broken
    },
    fallBehind: (ms) => node.fallBehind(ms),
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
      return call(() => room.page(query, me.id, head), "asking", 0)
    },
    reactors: unused,
    tell: (command, id) => call(() => room.tell(me, command, id), "sending"),
    markRead: () => call(() => {}),
    typing: () => call(() => {}),
    follow: (query, listener) => {
      const feed = modelFeed(query, listener, { room, me, clock, weather, node: () => (isUp() ? node : undefined) })
      feeds.add(feed)
      feed.begin()
      return () => {
        feed.stop()
        feeds.delete(feed)
      }
    },
    activity: () => () => {},
    push: {
      key: unused,
      subscribe: unused,
      unsubscribe: unused,
      rules: unused,
      setRule: unused,
      attend: unused,
    },
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
