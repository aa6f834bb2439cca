import type { Connection, Roomlog, Upload } from "@roomlog/client"
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
import { bram, everybody, harbour, ines, mara, picture, roomId, rooms } from "./cast.ts"
import { cell } from "./cell.ts"
import { fakePush } from "./fakePush.ts"
import { blank, type FakeRoom, openRoom, type World } from "./fakeRoom.ts"

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
  const notices = fakePush(later)
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
    push: notices.push,
    upload: (_, file) => upload(file),
    close: () => {},
  }
  const say = (text: string, by: Profile = bram, room: RoomId = roomId(1)) =>
    append(room, (seq) => ({ ...blank(room, seq, by), text }))
  const typing = (people: ReadonlyArray<Profile> = [ines]) => {
    for (const one of open.get(roomId(1)) ?? []) one.set({ typing: people })
  }
  return { roomlog, say, typing, connection, list, open, notices }
}
export type Fake = ReturnType<typeof fake>

declare global {
  interface Window {
    /** The canned server behind the page, for tests. */
    canned: Fake
  }
}

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
