import { Message, Timeline } from "@roomlog/domain"
import type {
  DeliveredEvent,
  HistoryPage,
  MessageId,
  MessageView,
  RoomId,
  Seq,
  TimelineItem,
  UserId,
} from "@roomlog/schemas"
import type { RoomState } from "../contract.ts"
import { seqOf } from "../ids.ts"
import type { Entry } from "../message/entry.ts"

/** Which end of the window is being looked at; it is trimmed at the other. */
export type Side = "older" | "newer"

/** An open room as the client thinks of it: what is shown, and what is needed to go on from there. */
export interface Window extends RoomState {
  readonly me: UserId | null
  /** Every event up to here has been heard. */
  readonly live: Seq
  readonly side: Side
  /** Until when somebody counts as writing, in ms since 1970. */
  readonly until: ReadonlyMap<UserId, number>
  readonly outbox: ReadonlyArray<Entry>
}

/** Items that a window keeps, and how many more it lets come before it is trimmed. */
export const kept = 300
const slack = 30

/** A room whose first page is not there yet. */
export const opening = (room: RoomId): Window => ({
  room,
  me: null,
  phase: "loading",
  items: [],
  hasOlder: false,
  hasNewer: false,
  upTo: 0,
  live: 0,
  side: "newer",
  pending: [],
  names: new Map(),
  quotes: new Map(),
  mine: new Map(),
  here: [],
  typing: [],
  until: new Map(),
  outbox: [],
})

/** The window after an event that the feed delivered; one that it has heard changes nothing. */
export const hear = (window: Window, event: DeliveredEvent): Window =>
  event.seq <= window.live ? window : settled({ ...trimmed(withEvent(window, event)), live: event.seq })

/**
 * A page in place of the window. `missed` are events delivered since the page was asked for: of those the page may
 * not know, and the window will not hear them again.
 */
export const withPage = (window: Window, page: HistoryPage, missed: ReadonlyArray<DeliveredEvent> = []): Window =>
  withPeople(
    {
      ...window,
      phase: "ready",
      items: page.items,
      hasOlder: page.hasOlder,
      hasNewer: page.hasNewer,
      upTo: page.hasNewer ? lastSeq(page.items) : Math.max(seqOf(page.upTo), lastSeq(page.items)),
      live: Math.max(window.live, seqOf(page.upTo)),
      quotes: byId(page.quotes),
      mine: reactions(new Map(), page),
    },
    page,
    missed,
  )

/** A page of older items before the window. */
export const withOlder = (window: Window, page: HistoryPage, missed: ReadonlyArray<DeliveredEvent> = []): Window => {
  const first = window.items[0]?.seq ?? Number.POSITIVE_INFINITY
  const items = [...page.items.filter(({ seq }) => seq < first), ...window.items]
  return withPeople({ ...window, ...met(window, page), items, hasOlder: page.hasOlder, side: "older" }, page, missed)
}

/** A page of newer items after the window. */
export const withNewer = (window: Window, page: HistoryPage, missed: ReadonlyArray<DeliveredEvent> = []): Window => {
  const items = [...window.items, ...page.items.filter(({ seq }) => seq > window.upTo)]
  const upTo = page.hasNewer ? Math.max(window.upTo, lastSeq(items)) : Math.max(seqOf(page.upTo), lastSeq(items))
  const next: Window = { ...window, ...met(window, page), items, upTo, hasNewer: page.hasNewer, side: "newer" }
  return withPeople(next, page, missed)
}

/** Remembers an answered message for the replies to it. */
export const withQuote = (window: Window, quote: MessageView, missed: ReadonlyArray<DeliveredEvent> = []): Window => ({
  ...window,
  quotes: new Map(window.quotes).set(quote.id, missed.reduce(evolve, quote)),
})

/**
 * A message as the server's rows have it, in place of what the window shows or where it belongs: an event said that
 * it changed, and not how.
 */
export const withMessage = (
  window: Window,
  message: MessageView,
  missed: ReadonlyArray<DeliveredEvent> = [],
): Window => {
  const now = missed.reduce(evolve, message)
  const quotes = window.quotes.has(now.id) ? new Map(window.quotes).set(now.id, now) : window.quotes
  const isBefore = now.seq < (window.items[0]?.seq ?? 0) && window.hasOlder
  if (isBefore || now.seq > window.upTo) return { ...window, quotes }
  const items = [...window.items.filter(({ seq }) => seq !== now.seq), now].sort((a, b) => a.seq - b.seq)
  return trimmed({ ...window, quotes, items })
}

/** Learns names. */
export const withNames = (window: Window, people: Iterable<readonly [UserId, string]>): Window => {
  const news = [...people].filter(([id, name]) => window.names.get(id) !== name)
  return news.length === 0 ? window : { ...window, names: new Map([...window.names, ...news]) }
}

/** What I have written and the server may not have yet. */
export const withOutbox = (window: Window, outbox: ReadonlyArray<Entry>): Window => settled({ ...window, outbox })

/** Says which end is being looked at. */
export const looking = (window: Window, side: Side): Window => (window.side === side ? window : { ...window, side })

/** What `event` says: one fold for the items, the answered messages and my reactions. */
const withEvent = (window: Window, event: DeliveredEvent): Window => {
  const items = shownItems(window, event)
  const quote = "message" in event.event ? window.quotes.get(event.event.message) : undefined
  const quoted = quote && evolve(quote, event)
  return withNames(
    {
      ...window,
      items,
      upTo: window.hasNewer ? window.upTo : Math.max(window.upTo, event.seq),
      quotes: quoted === quote || quoted === undefined ? window.quotes : new Map(window.quotes).set(quoted.id, quoted),
      mine: items === window.items ? window.mine : myReactions(window, event),
    },
    [[event.by, event.name]],
  )
}

/** New lines go to the newer end, if the window reaches it; everything else changes what is there. */
const shownItems = ({ room, hasNewer, upTo, items }: Window, event: DeliveredEvent): ReadonlyArray<TimelineItem> => {
  const isLine = event.event._tag === "MessagePosted" || Timeline.notice(event) !== undefined
  if (isLine && hasNewer) return items
  const heard = isLine ? upTo : event.seq - 1
  const next = Timeline.evolve({ room, upTo: heard, items }, event).items
  return event.event._tag === "MessageRemoved"
    ? next.map((item) => ("kept" in item ? Message.shown(item) : item))
    : next
}

const evolve = (message: MessageView, event: DeliveredEvent): MessageView => {
  const next = Message.evolve(message, event)
  return next === undefined || next === message ? message : Message.shown(next)
}

const myReactions = ({ mine, me }: Window, { by, event }: DeliveredEvent): Window["mine"] => {
  if (by !== me || (event._tag !== "Reacted" && event._tag !== "Unreacted")) return mine
  const emojis = new Set(mine.get(event.message))
  if (event._tag === "Reacted") emojis.add(event.emoji)
  else emojis.delete(event.emoji)
  return new Map(mine).set(event.message, emojis)
}

/** What a page that extends the window brings beside its items. */
const met = (window: Window, page: HistoryPage): Pick<Window, "quotes" | "mine"> => ({
  quotes: new Map([...byId(page.quotes), ...window.quotes]),
  mine: reactions(window.mine, page),
})

const withPeople = (window: Window, page: HistoryPage, missed: ReadonlyArray<DeliveredEvent>): Window => {
  const named = withNames(
    window,
    page.people.map(({ id, name }) => [id, name] as const),
  )
  return settled(trimmed(missed.filter(({ seq }) => seq > seqOf(page.upTo)).reduce(withEvent, named)))
}

const trimmed = (window: Window): Window => {
  const { items, side } = window
  if (items.length <= kept + slack) return window
  const left = side === "newer" ? items.slice(-kept) : items.slice(0, kept)
  const cut = side === "newer" ? { hasOlder: true } : { hasNewer: true, upTo: lastSeq(left) }
  const ids = new Set(left.map((item) => (item._tag === "Message" ? item.id : undefined)))
  const answered = new Set(left.map((item) => (item._tag === "Message" ? item.replyTo?.message : undefined)))
  return {
    ...window,
    ...cut,
    items: left,
    mine: new Map([...window.mine].filter(([id]) => ids.has(id))),
    quotes: new Map([...window.quotes].filter(([id]) => answered.has(id))),
  }
}

/** What of my outbox the window does not show as said yet: never both, never neither. */
const settled = (window: Window): Window => {
  const reached = Math.max(window.live, window.upTo)
  const pending = window.outbox.filter(({ seq }) => seq === null || seq > reached).map((entry) => entry.pending)
  const isSame = pending.length === window.pending.length && pending.every((one, n) => one === window.pending[n])
  return isSame ? window : { ...window, pending }
}

const reactions = (mine: Window["mine"], page: HistoryPage): Window["mine"] => {
  const next = new Map(mine)
  const known = new Set(mine.keys())
  for (const { message, emoji } of page.mine)
    if (!known.has(message)) next.set(message, new Set(next.get(message)).add(emoji))
  return next
}

const byId = (messages: ReadonlyArray<MessageView>): ReadonlyMap<MessageId, MessageView> =>
  new Map(messages.map((message) => [message.id, message]))

const lastSeq = (items: ReadonlyArray<TimelineItem>): Seq => items.at(-1)?.seq ?? 0
