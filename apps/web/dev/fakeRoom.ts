import type { OpenRoom, Pending, RoomState } from "@roomlog/client"
import type { MessageId, MessageView, Profile, RoomId, Seq, TimelineItem } from "@roomlog/schemas"
import { bram, everybody, ines, mara, messageId, roomId, tomas } from "./cast.ts"
import { cell } from "./cell.ts"

/** What a room asks of the canned server. */
export interface World {
  readonly delay: number
  readonly later: <T>(value: T) => Promise<T>
  readonly append: (room: RoomId, make: (seq: Seq) => TimelineItem) => void
  readonly alter: (room: RoomId, id: MessageId, change: (message: MessageView) => MessageView) => void
  readonly me: () => Profile
  readonly history: (room: RoomId) => ReadonlyArray<TimelineItem>
  readonly read: (room: RoomId, upTo: Seq) => void
  readonly isOnline: () => boolean
}
export interface FakeRoom extends OpenRoom {
  readonly set: (change: Partial<RoomState>) => void
  readonly appended: (item: TimelineItem) => void
}

const page = 60

/** A room of the canned server, opened. */
export const openRoom = (world: World, room: RoomId, at?: Seq): FakeRoom => {
  const { later, append, alter } = world
  const state = cell<RoomState>({
    room,
    phase: "loading",
    items: [],
    hasOlder: false,
    hasNewer: false,
    upTo: 0,
    pending: [],
    names: new Map(everybody.map(({ id, name }) => [id, name] as const)).set(world.me().id, world.me().name),
    quotes: new Map(),
    mine: new Map(),
    here: [mara, ines, tomas, bram].map((one) => (one.id === world.me().id ? world.me() : one)),
    typing: [],
  })
  const set = (change: Partial<RoomState>) => state.set({ ...state.get(), ...change })
  const show = (from: number, to: number) => {
    const all = world.history(room)
    const items = all.slice(Math.max(0, from), to)
    set({
      phase: "ready",
      items,
      hasOlder: from > 0,
      hasNewer: to < all.length,
      upTo: items.at(-1)?.seq ?? 0,
      quotes: new Map(all.flatMap((item) => (item._tag === "Message" ? [[item.id, item] as const] : []))),
    })
  }
  const bounds = () => {
    const all = world.history(room)
    const from = all.findIndex(({ seq }) => seq === state.get().items[0]?.seq)
    return { all, from: Math.max(0, from), to: Math.max(0, from) + state.get().items.length }
  }
  const around = (seq: Seq) => show(Math.max(0, seq - page / 2), Math.min(world.history(room).length, seq + page / 2))
  const newest = () => show(Math.max(0, world.history(room).length - page), world.history(room).length)
  let loading = false
  const once = async (load: () => void) => {
    if (loading) return
    loading = true
    await later(null)
    load()
    loading = false
  }
  const ready = later(null).then(() => {
    if (at === undefined) newest()
    else around(at)
    if (room === roomId(1)) set({ mine: new Map([[messageId(world.history(room).length - 15), new Set(["👀"])]]) })
  })
  const pend = (id: MessageId, change: Partial<Pending>) =>
    set({ pending: state.get().pending.map((one) => (one.message === id ? { ...one, ...change } : one)) })
  const send = async (pending: Pending): Promise<Seq> => {
    await later(null)
    if (/^fail/i.test(pending.text) && pending.state !== "failed") {
      pend(pending.message, { state: "failed", problem: "You are writing too fast. Try again in a moment." })
      throw new Error("refused")
    }
    const { text, images, replyTo, message } = pending
    const answered = world.history(room).find((item) => item._tag === "Message" && item.id === replyTo)
    const reply = replyTo === null || answered === undefined ? null : { message: replyTo, seq: answered.seq }
    append(room, (seq) => ({ ...blank(room, seq, world.me()), id: message, text, images, replyTo: reply }))
    return world.history(room).length
  }
  return {
    room,
    state,
    ready,
    set,
    appended: (item) => {
      if (state.get().hasNewer || state.get().phase !== "ready") return
      set({
        items: [...state.get().items, item],
        upTo: item.seq,
        pending: state.get().pending.filter(({ message }) => item._tag !== "Message" || message !== item.id),
      })
    },
    post: ({ text, images = [], replyTo = null }) => {
      const message = crypto.randomUUID() as string as MessageId
      const stateOf = world.isOnline() ? "sending" : "waiting"
      const pending: Pending = { message, at: Date.now(), text, images, replyTo, state: stateOf, problem: null }
      set({ pending: [...state.get().pending, pending] })
      return world.isOnline() ? send(pending) : new Promise(() => {})
    },
    retry: (id) => {
      const failed = state.get().pending.find(({ message }) => message === id)
      pend(id, { state: "sending", problem: null })
      if (failed !== undefined) void send(failed)
    },
    discard: (id) => {
      const found = state.get().pending.find(({ message }) => message === id)
      set({ pending: state.get().pending.filter((one) => one !== found) })
      return found
    },
    edit: async (id, text) => alter(room, id, (message) => ({ ...message, text, editedAt: Date.now() })),
    remove: async (id) => {
      kept.set(id, world.history(room).find((item) => item._tag === "Message" && item.id === id) as MessageView)
      alter(room, id, (message) => ({
        ...message,
        text: "",
        images: [],
        removed: { by: world.me().id, at: Date.now() },
      }))
    },
    restore: async (id) => alter(room, id, (message) => ({ ...message, ...kept.get(id), removed: null })),
    toggleReaction: async (id, emoji) => {
      const before = state.get().mine.get(id) ?? new Set<string>()
      const adds = !before.has(emoji)
      const after = new Set(before)
      if (adds) after.add(emoji)
      else after.delete(emoji)
      set({ mine: new Map(state.get().mine).set(id, after) })
      alter(room, id, (message) => {
        const known = message.reactions.some((one) => one.emoji === emoji)
        const reactions = known
          ? message.reactions.map((one) => (one.emoji === emoji ? { emoji, count: one.count + (adds ? 1 : -1) } : one))
          : [...message.reactions, { emoji, count: 1 }]
        return { ...message, reactions: reactions.filter(({ count }) => count > 0) }
      })
    },
    reactors: (id, emoji) => later(state.get().mine.get(id)?.has(emoji) ? [world.me(), ines, tomas] : [ines]),
    loadOlder: () => once(() => show(Math.max(0, bounds().from - page), Math.min(bounds().to, bounds().from + 240))),
    loadNewer: () =>
      once(() => show(Math.max(0, bounds().to - 240), Math.min(bounds().all.length, bounds().to + page))),
    jumpTo: (seq) => later(null).then(() => (seq === "newest" ? newest() : around(seq))),
    typing: () => {},
    looking: () => {},
    markRead: async (upTo) => world.read(room, upTo),
    close: () => {},
  }
}

const kept = new Map<MessageId, MessageView>()

/** A message that says nothing yet. */
export const blank = (room: RoomId, seq: Seq, by: Profile): MessageView => ({
  _tag: "Message",
  room,
  id: messageId(seq),
  seq,
  at: Date.now(),
  by: by.id,
  text: "",
  images: [],
  replyTo: null,
  editedAt: null,
  removed: null,
  reactions: [],
  revision: seq,
})
