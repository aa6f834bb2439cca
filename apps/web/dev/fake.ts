import type { Connection, OpenRoom, Pending, Readable, Roomlog, RoomState, Upload } from "@roomlog/client"
import type {
  Member,
  MessageId,
  MessageView,
  Profile,
  Rejection,
  RoomId,
  RoomSummary,
  Seq,
  Session,
  StoredImage,
  TimelineItem,
} from "@roomlog/schemas"
import { bram, everybody, harbour, ines, mara, messageId, picture, roomId, rooms, tomas } from "./cast.ts"

/** How a canned server begins. */
export interface Beginning {
  readonly signedIn?: boolean
  readonly connection?: Connection
  /** Messages of others that are new in #harbour. */
  readonly unread?: number
  readonly length?: number
  /** Milliseconds that every answer takes. */
  readonly delay?: number
}

/** A canned server that keeps the client's contract, with handles to make things happen. */
export const fake = (beginning: Beginning = {}) => {
  const delay = beginning.delay ?? 60
  const later = <T>(value: T): Promise<T> => new Promise((done) => setTimeout(done, delay, value))
  const connection = cell<Connection>(beginning.connection ?? { _tag: "online" })
  const me = cell<Profile | null>(null)
  const histories = new Map<RoomId, ReadonlyArray<TimelineItem>>([[roomId(1), harbour(beginning.length)]])
  const head = (room: RoomId): Seq => histories.get(room)?.at(-1)?.seq ?? 0
  const unread = beginning.unread ?? 4
  const list = cell<ReadonlyArray<RoomSummary>>(
    rooms().map((room) =>
      room.room === roomId(1) ? { ...room, head: head(room.room), readUpTo: head(room.room) - unread, unread } : room,
    ),
  )
  const open = new Map<RoomId, Set<FakeRoom>>()
  const changeRoom = (room: RoomId, change: Partial<RoomSummary>) =>
    list.set(list.get().map((one) => (one.room === room ? { ...one, ...change } : one)))
  const append = (room: RoomId, make: (seq: Seq) => TimelineItem) => {
    const item = make(head(room) + 1)
    histories.set(room, [...(histories.get(room) ?? []), item])
    for (const one of open.get(room) ?? []) one.appended(item)
  }
  const alter = (room: RoomId, id: MessageId, change: (message: MessageView) => MessageView) => {
    const altered = (items: ReadonlyArray<TimelineItem>) =>
      items.map((item) => (item._tag === "Message" && item.id === id ? change(item) : item))
    histories.set(room, altered(histories.get(room) ?? []))
    for (const one of open.get(room) ?? []) one.set({ items: altered(one.state.get().items) })
  }
  const world: World = {
    delay,
    later,
    append,
    alter,
    me: () => me.get() ?? mara,
    history: (room) => histories.get(room) ?? [],
    read: (room, upTo) => changeRoom(room, { readUpTo: upTo, unread: 0 }),
    isOnline: () => connection.get()._tag === "online",
  }
  const roomlog: Roomlog = {
    connection,
    me,
    resume: async () => {
      if (beginning.signedIn !== false) me.set(mara)
      return later(me.get())
    },
    signIn: async (name) => {
      await later(null)
      if (/^bram lund$/i.test(name))
        throw refused({ _tag: "NameInUse", name, suggestion: `${name} 2` }, `Somebody is called ${name} already.`)
      if (/^system$/i.test(name)) throw refused({ _tag: "NameReserved", name }, "That name is reserved.")
      const user = { ...mara, name }
      me.set(user)
      return { user, token: "" } satisfies Session
    },
    signOut: async () => me.set(null),
    rooms: {
      list,
      refresh: () => later(list.get()),
      find: (name) => later(list.get().find((room) => room.name === name) ?? null),
      create: async ({ name, topic = "", visibility = "public" }) => {
        const room = roomId(list.get().length + 1)
        list.set([
          ...list.get(),
          {
            ...rooms()[0]!,
            room,
            name,
            topic,
            visibility,
            createdAt: Date.now(),
            role: "owner",
            unread: 0,
            readUpTo: 0,
          },
        ])
        return later(room)
      },
      enter: async (name) => {
        await later(null)
        if (name === "vault")
          throw refused({ _tag: "RoomNotFound", room: name }, "There is no such room, or you may not enter it.")
        const found = list.get().find((room) => room.name === name)
        const room = found?.room ?? (await roomlog.rooms.create({ name }))
        changeRoom(room, { role: found?.role ?? "member" })
        return list.get().find((one) => one.room === room)!
      },
      join: async (room) => changeRoom(room, { role: "member" }),
      leave: async (room) => changeRoom(room, { role: null }),
      rename: async (room, name) => changeRoom(room, { name }),
      setTopic: async (room, topic) => changeRoom(room, { topic }),
      members: () =>
        later(
          everybody.map(
            ({ id, name }, n): Member => ({
              user: id,
              name,
              role: n === 0 ? "owner" : n === 1 ? "moderator" : "member",
            }),
          ),
        ),
      invitation: () => later("4k2m9x7q1w8e5r3t6y0u2i4o7p"),
      renewInvitation: () => later("9z8y7x6w5v4u3t2s1r0q9p8o7n"),
      giveRole: async () => {},
      removeMember: async () => {},
    },
    open: (room, at) => {
      const one = openRoom(world, room, at)
      const all = open.get(room) ?? new Set()
      open.set(room, all.add(one))
      return { ...one, close: () => void all.delete(one) }
    },
    history: () => Promise.reject(new Error("not in the fake")),
    upload: (_, file) => upload(file),
    close: () => {},
  }
  const say = (text: string, by: Profile = bram, room: RoomId = roomId(1)) =>
    append(room, (seq) => ({ ...blank(room, seq, by), text }))
  const typing = (people: ReadonlyArray<Profile> = [ines]) => {
    for (const one of open.get(roomId(1)) ?? []) one.set({ typing: people })
  }
  return { roomlog, say, typing, connection, list, open }
}
export type Fake = ReturnType<typeof fake>

interface World {
  readonly delay: number
  readonly later: <T>(value: T) => Promise<T>
  readonly append: (room: RoomId, make: (seq: Seq) => TimelineItem) => void
  readonly alter: (room: RoomId, id: MessageId, change: (message: MessageView) => MessageView) => void
  readonly me: () => Profile
  readonly history: (room: RoomId) => ReadonlyArray<TimelineItem>
  readonly read: (room: RoomId, upTo: Seq) => void
  readonly isOnline: () => boolean
}
interface FakeRoom extends OpenRoom {
  readonly set: (change: Partial<RoomState>) => void
  readonly appended: (item: TimelineItem) => void
}

const page = 60

const openRoom = (world: World, room: RoomId, at?: Seq): FakeRoom => {
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
    markRead: async (upTo) => world.read(room, upTo),
    close: () => {},
  }
}

const kept = new Map<MessageId, MessageView>()

const blank = (room: RoomId, seq: Seq, by: Profile): MessageView => ({
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

/** Uploads stop at 64 per cent for names with "slow", and fail for names with "broken". */
const upload = (file: File): Upload => {
  const progress = cell(0)
  const done = (async (): Promise<StoredImage> => {
    for (const step of [20, 45, 64]) {
      await new Promise((next) => setTimeout(next, 20))
      progress.set(step)
    }
    if (file.name.includes("slow")) await new Promise(() => {})
    if (file.name.includes("broken")) throw new Error("The connection broke off.")
    const { alt: _, ...stored } = picture(9, 800, 600, "")
    return stored
  })()
  return { progress, done, cancel: () => {} }
}

const refused = (rejection: Rejection, message: string): Error => Object.assign(new Error(message), { rejection })

const cell = <T>(first: T): Readable<T> & { readonly set: (value: T) => void } => {
  let value = first
  const watchers = new Set<(value: T) => void>()
  return {
    get: () => value,
    set: (next) => {
      value = next
      for (const watcher of watchers) watcher(next)
    },
    watch: (changed) => {
      watchers.add(changed)
      return () => void watchers.delete(changed)
    },
  }
}
