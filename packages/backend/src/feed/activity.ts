import { Room } from "@roomlog/domain"
import type { ActivityItem, DeliveredEvent, RoomId, UserId } from "@roomlog/schemas"
import { isTakenOver } from "../imported/ids.ts"
import { Told } from "./frame.ts"

/** An item of news, shared by everybody who is told it then; kept no longer, as it holds a frame for each request's id. */
export type News = Told<ActivityItem>

/** Subscribed. */
export const watching = (): News => new Told({ _tag: "Watching" })
/** The whole list of rooms is to be asked for. */
export const changed = (): News => new Told({ _tag: "RoomsChanged" })

/** Somebody who wants to know what is new in which room. */
export interface Watcher {
  readonly user: UserId
  readonly tell: (news: News) => void
}

/** News for room lists: who watches which rooms. `listen` begins to hear a room's events and returns how to stop. */
export class Activity {
  readonly #byRoom = new Map<RoomId, Set<Watcher>>()
  readonly #byUser = new Map<UserId, Set<Watcher>>()
  readonly #stops = new Map<RoomId, () => void>()
  readonly #listen: (room: RoomId) => () => void

  constructor(listen: (room: RoomId) => () => void) {
    this.#listen = listen
  }

  isEmpty(): boolean {
    return this.#byUser.size === 0
  }

  /** Tells the watcher of these rooms, and of those that its person joins later. Returns how to stop. */
  watch(watcher: Watcher, rooms: ReadonlyArray<RoomId>): () => void {
    add(this.#byUser, watcher.user, watcher)
    for (const room of rooms) this.#begin(room, watcher)
    return () => {
      remove(this.#byUser, watcher.user, watcher)
      for (const room of this.#byRoom.keys()) this.#end(room, watcher)
    }
  }

  /** Something may have been missed: everybody looks at the whole list again. */
  doubt(): void {
    const news = changed()
    for (const watchers of this.#byUser.values()) for (const { tell } of watchers) tell(news)
  }

  hear(delivered: DeliveredEvent): void {
    const { room, seq, by, name, event } = delivered
    if (event._tag === "MessagePosted") {
      if (isTakenOver(event.message)) return
      const news: News = new Told({ _tag: "Posted", room, seq, by, name })
      for (const { tell } of this.#byRoom.get(room) ?? []) tell(news)
      return
    }
    if ("message" in event) return
    const membership = Room.membership(delivered)
    for (const watcher of this.#byUser.get(membership?.user ?? by) ?? []) {
      if (membership?.role) this.#begin(room, watcher)
      watcher.tell(changed())
      if (membership?.role === null) this.#end(room, watcher)
    }
    if (event._tag === "RoomRenamed" || event._tag === "TopicSet" || event._tag === "Unknown")
      for (const { tell } of this.#byRoom.get(room) ?? []) tell(changed())
    if (event._tag === "RoomCreated" && event.visibility === "public") this.doubt()
  }

  #begin(room: RoomId, watcher: Watcher): void {
    add(this.#byRoom, room, watcher)
    if (!this.#stops.has(room)) this.#stops.set(room, this.#listen(room))
  }

  #end(room: RoomId, watcher: Watcher): void {
    remove(this.#byRoom, room, watcher)
    if (this.#byRoom.has(room)) return
    this.#stops.get(room)?.()
    this.#stops.delete(room)
  }
}

const add = <Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void => {
  const set = sets.get(key)
  if (set) set.add(value)
  else sets.set(key, new Set([value]))
}

const remove = <Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void => {
  const set = sets.get(key)
  set?.delete(value)
  if (set?.size === 0) sets.delete(key)
}
