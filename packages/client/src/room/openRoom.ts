import type { DeliveredEvent, HistoryPage, HistoryQuery, MessageId, RoomId, Seq, UserId } from "@roomlog/schemas"
import { cell } from "../cell.ts"
import type { Readable } from "../contract.ts"
import { seqOf } from "../ids.ts"
import { asError, insist } from "../insist.ts"
import type { Outbox } from "../message/outbox.ts"
import { type FeedNeeds, followRoom } from "./feed.ts"
import { expired, nextExpiry, stopped, withHere, withSignal } from "./presence.ts"
import {
  hear,
  looking,
  opening,
  type Side,
  type Window,
  withMessage,
  withNames,
  withNewer,
  withOlder,
  withOutbox,
  withPage,
  withQuote,
} from "./window.ts"

/** Items of one page. */
const pageSize = 60

export interface RoomNeeds extends FeedNeeds {
  /** Resolves when somebody has signed in. */
  readonly session: Promise<Own>
}

/** Who reads, and what they have written. */
export interface Own {
  readonly me: UserId
  readonly outbox: Outbox
}

export type WatchedRoom = ReturnType<typeof watchRoom>

/** A room that is kept up to date: the window, and how it is moved. */
export const watchRoom = (room: RoomId, at: Seq | undefined, needs: RoomNeeds) => {
  const { server, clock, retryDelay } = needs
  const state = cell<Window>(opening(room))
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => {})
  /** Events heard while a page is under way, which that page may not know of. */
  const missed = new Map<object, DeliveredEvent[]>()
  /** Counts fresh starts and wishes to be elsewhere: only the newest of each counts. */
  let starts = 0
  let jumps = 0
  /** Counts places the window has been at: a page that was asked for at another one does not fit. */
  let place = 0
  let starting = Promise.resolve()
  let own: Own | undefined
  let isExtending = false
  let isClosed = false
  let leave = (): void => {}
  let unwatch = (): void => {}
  let cancelExpiry: (() => void) | null = null

  const change = (next: (window: Window) => Window): void => {
    if (!isClosed) state.set(next(state.get()))
  }

  const ask = async (query: Omit<HistoryQuery, "room">, within?: number) => {
    const events: DeliveredEvent[] = []
    missed.set(events, events)
    try {
      const how = { clock, retryDelay, stopped: () => isClosed, ...(within === undefined ? {} : { within }) }
      const page = await insist(() => server.history({ room, limit: pageSize, ...query }), how)
      noteArrivals(page)
      return { page, events }
    } finally {
      missed.delete(events)
    }
  }

  const noteArrivals = ({ items }: HistoryPage): void => {
    for (const item of items)
      if (item._tag === "Message" && item.by === own?.me) own.outbox.arrived(room, item.id, item.seq)
  }

  /** Loads a page and follows from there; everything before is forgotten once it is there. */
  const start = async (from: Seq | undefined): Promise<void> => {
    const mine = ++starts
    leave()
    const arrived = own?.outbox.of(room).get() ?? []
    try {
      const { page } = await ask(from === undefined ? {} : { around: from }, Number.POSITIVE_INFINITY)
      if (isClosed || mine !== starts) return
      moved()
      change((window) => withPage({ ...window, live: 0 }, page))
      own?.outbox.forget(
        room,
        arrived.filter(({ seq }) => seq !== null && seq > seqOf(page.upTo)),
      )
      leave = followRoom(room, page.upTo, hearer, needs)
    } catch (problem) {
      if (!isClosed && mine === starts) hearer.lost(asError(problem))
    }
  }

  const hearer = {
    live: (here: Window["here"]) => {
      change((window) => withHere(window, here))
      ready.resolve()
    },
    events: (events: ReadonlyArray<DeliveredEvent>) => {
      for (const list of missed.values()) list.push(...events)
      for (const { by, event, seq } of events)
        if (by === own?.me && event._tag === "MessagePosted") own.outbox.arrived(room, event.message, seq)
      change((window) => events.reduce(hearAndSettle, window))
      learn(events)
    },
    signal: (signal: Parameters<typeof withSignal>[1]) => {
      change((window) => withSignal(window, signal, clock.now()))
      expireLater()
    },
    reset: () => {
      const { hasNewer, items } = state.get()
      starting = start(hasNewer ? items[items.length >> 1]?.seq : undefined)
    },
    lost: (problem: Error) => {
      change((window) => ({ ...window, phase: "lost", here: [], typing: [], until: new Map() }))
      ready.reject(problem)
    },
  }

  const hearAndSettle = (window: Window, event: DeliveredEvent): Window =>
    event.event._tag === "MessagePosted" ? stopped(hear(window, event), event.by) : hear(window, event)

  const expireLater = (): void => {
    const next = nextExpiry(state.get())
    if (cancelExpiry !== null || next === undefined) return
    cancelExpiry = clock.after(Math.max(0, next - clock.now()), () => {
      cancelExpiry = null
      change((window) => expired(window, clock.now()))
      expireLater()
    })
  }

  /** Asks for what events mention and the window does not know: messages and names. Not knowing is no harm. */
  const learn = (events: ReadonlyArray<DeliveredEvent>): void => {
    for (const { event, seq } of events) {
      if (event._tag === "Unknown" && event.message !== undefined) void learnMessage(event.message, seq)
      if (event._tag === "MessagePosted" && event.replyTo !== null) void learnQuote(event.replyTo)
      if ("user" in event && !state.get().names.has(event.user)) void learnNames()
    }
  }

  /** What a newer server did to a message: it may have posted it just then, or changed what is there. */
  const learnMessage = async (id: MessageId, seq: Seq): Promise<void> => {
    const { items, quotes } = state.get()
    const here = items.find((item) => item._tag === "Message" && item.id === id) ?? quotes.get(id)
    const found = await messageAt(id, here?.seq ?? seq)
    if (found !== undefined) change((now) => withMessage(now, found.message, found.events))
  }

  const messageAt = async (id: MessageId, seq: Seq) => {
    const asked = await ask({ around: seq, limit: 1 }).catch(() => undefined)
    const message = asked?.page.items.find((item) => item._tag === "Message" && item.id === id)
    return asked && message?._tag === "Message" ? { message, events: asked.events } : undefined
  }

  const learnQuote = async (reply: { readonly message: MessageId; readonly seq: Seq }): Promise<void> => {
    const window = state.get()
    if (window.quotes.has(reply.message)) return
    const here = window.items.find((item) => item._tag === "Message" && item.id === reply.message)
    if (here?._tag === "Message") return change((now) => withQuote(now, here))
    const found = await messageAt(reply.message, reply.seq)
    if (found !== undefined) change((now) => withQuote(now, found.message, found.events))
  }

  let isLearningNames = false
  const learnNames = async (): Promise<void> => {
    if (isLearningNames) return
    isLearningNames = true
    const members = await server.members(room).catch(() => [])
    isLearningNames = false
    change((window) =>
      withNames(
        window,
        members.map(({ user, name }) => [user, name] as const),
      ),
    )
  }

  const extend = async (side: Side): Promise<void> => {
    const { phase, hasOlder, hasNewer } = state.get()
    const end = endOf(state.get(), side)
    if (phase !== "ready" || isExtending || !(side === "older" ? hasOlder : hasNewer) || end === undefined) return
    isExtending = true
    const mine = place
    change((window) => looking(window, side))
    try {
      const { page, events } = await ask(side === "older" ? { before: end } : { after: end })
      const next = side === "older" ? withOlder : withNewer
      if (mine === place && end === endOf(state.get(), side)) change((window) => next(window, page, events))
    } finally {
      if (mine === place) isExtending = false
    }
  }

  const jumpTo = async (to: Seq | "newest"): Promise<void> => {
    const mine = ++jumps
    await starting
    const { items, hasNewer } = state.get()
    if (mine !== jumps) return
    if (to === "newest" && !hasNewer) {
      moved()
      return change((window) => looking(window, "newer"))
    }
    if (to !== "newest" && items.length > 0 && items[0]!.seq <= to && to <= items.at(-1)!.seq) return
    const life = starts
    const { page, events } = await ask(to === "newest" ? {} : { around: to })
    if (mine !== jumps) return
    if (life !== starts) return jumpTo(to)
    moved()
    change((window) => looking(withPage(window, page, events), "newer"))
  }

  const moved = (): void => {
    place++
    isExtending = false
  }

  const begin = async (): Promise<void> => {
    own = await needs.session
    const { me, outbox } = own
    if (isClosed) return
    const entries = outbox.of(room)
    unwatch = entries.watch((now) => change((window) => withOutbox(window, now)))
    change((window) => withOutbox({ ...window, me }, entries.get()))
    await start(at)
  }

  starting = begin()

  return {
    state: state as Readable<Window>,
    ready: ready.promise,
    loadOlder: () => extend("older"),
    loadNewer: () => extend("newer"),
    jumpTo,
    own: () => own,
    looking: (side: Side) => change((window) => looking(window, side)),
    /** Ends reading, for a reason that concerns more than this room. */
    lose: (problem: Error) => {
      starts++
      jumps++
      leave()
      hearer.lost(problem)
    },
    close: () => {
      isClosed = true
      leave()
      unwatch()
      cancelExpiry?.()
      ready.reject(new Error("The room was closed."))
    },
  }
}

/** Where a page must adjoin to extend the window on one side. */
const endOf = ({ items, upTo }: Window, side: Side): Seq | undefined => (side === "older" ? items[0]?.seq : upTo)
