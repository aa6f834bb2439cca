import type { Carrier } from "@roomlog/log"
import { type Profile, RoomId, UserId } from "@roomlog/schemas"
import { Schema } from "effect"
import { run } from "../edge.ts"
import { hearAs, inMessages } from "../gossip.ts"
import { oneAtATime } from "../oneAtATime.ts"
import type { Sql } from "../sql.ts"
import type { Lease, Sweep } from "./lease.ts"
import { type Change, OnOtherNodes, People } from "./people.ts"
import { type Elsewhere, makePresenceRows, type PresenceRows } from "./readModel.ts"

export interface PresenceSources {
  readonly run: Sql
  readonly carrier: Carrier
  readonly lease: Lease
  /** Milliseconds in which changes of presence gather; 50 when left out. */
  readonly pause?: number
}

/** Told once for each person, however many connections and nodes they use. */
export type PresenceHeard = (room: RoomId, change: Change) => void

/**
 * Who is in which room, over all nodes. What changes here is written in one statement every 50 ms at most and then told
 * to the others. Every message carries its node's version: one that does not follow what was heard before is not
 * believed, and the rooms of interest are read instead; a lost last message is noticed by the second sweep after it.
 */
export const makePresence = (sources: PresenceSources): Presence => new Presence(sources)

export class Presence {
  readonly #lease: Lease
  readonly #carrier: Carrier
  readonly #rows: PresenceRows
  readonly #pause: number
  readonly #rooms = new Map<RoomId, People>()
  readonly #hearers = new Set<PresenceHeard>()
  readonly #stops: ReadonlyArray<() => void>
  /** Who came or went here since the last statement. */
  #changed = new Map<string, Moved>()
  /** Rooms whose people elsewhere are to be read; all that are known when there is doubt. */
  readonly #wanted = new Set<RoomId>()
  #isDoubtful = false
  /** What was told while a read was under way. */
  #meanwhile: Array<Told> | undefined
  /** Up to which version memory is true of each node, for every known room. */
  readonly #heard = new Map<string, number>()
  /** Nodes that have said goodbye: nothing of them is believed any more. */
  readonly #gone = new Set<string>()
  /** The other nodes and their versions at the last sweep. */
  #swept: ReadonlyMap<string, number> = new Map()
  readonly #untold: Array<readonly [RoomId, Change]> = []
  #version = 0
  #timer: NodeJS.Timeout | undefined

  constructor({ run: sql, carrier, lease, pause = 50 }: PresenceSources) {
    this.#pause = pause
    this.#lease = lease
    this.#carrier = carrier
    this.#rows = makePresenceRows(sql, lease.node)
    this.#stops = lease.isShared
      ? [
          hearAs(carrier, topic, (told) => this.#hear(told)),
          carrier.onDoubt(() => this.#doubt()),
          lease.onSweep((sweep) => this.#sweep(sweep)),
        ]
      : []
  }

  /** One more connection of a person, which is told after the current turn's work: who comes sees who is here first. */
  enter(room: RoomId, { id, name }: Profile): void {
    const people = this.#people(room)
    const isFirst = !people.here.has(id)
    this.#untold.push(...people.enter({ id, name }).map((change) => [room, change] as const))
    queueMicrotask(() => this.#tellUntold())
    if (isFirst) this.#move({ room, user: id, name })
  }

  /** One connection less. */
  leave(room: RoomId, { id, name }: Profile): void {
    const people = this.#rooms.get(room)
    if (people === undefined) return
    this.#tell(room, people.leave({ id, name }))
    if (!people.here.has(id)) this.#move({ room, user: id, name })
  }

  /** Who is in a room; complete once `know` has come back and until `forget`. */
  here(room: RoomId): ReadonlyArray<Profile> {
    return this.#rooms.get(room)?.list() ?? []
  }

  /** Learns who is in a room on the other nodes. Fails when the database cannot be reached. */
  async know(room: RoomId): Promise<void> {
    if (!this.#lease.isShared || this.#people(room).isKnown) return
    this.#wanted.add(room)
    await this.#read()
  }

  /** Nobody of this node is in this room any more or looks at it. */
  forget(room: RoomId): void {
    const left = this.#rooms.get(room)?.here.list() ?? []
    this.#wanted.delete(room)
    this.#rooms.delete(room)
    for (const { id, name } of left) this.#move({ room, user: id, name })
  }

  /** Tells who came to a room and who left it. Returns how to stop. */
  onChange(heard: PresenceHeard): () => void {
    this.#hearers.add(heard)
    return () => void this.#hearers.delete(heard)
  }

  /** Says goodbye, so that this node's people are gone from the others at once; gives the lease back. */
  async stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    clearTimeout(this.#timer)
    await this.#lease.stop()
    if (this.#lease.isShared) this.#carrier.tell(topic.name, JSON.stringify({ node: this.#lease.node, gone: true }))
  }

  #people(room: RoomId): People {
    const people = this.#rooms.get(room) ?? new People()
    this.#rooms.set(room, people)
    return people
  }

  #tell(room: RoomId, changes: ReadonlyArray<Change>): void {
    this.#untold.push(...changes.map((change) => [room, change] as const))
    this.#tellUntold()
  }

  #tellUntold(): void {
    while (this.#untold.length > 0)
      for (const [room, change] of this.#untold.splice(0)) for (const heard of this.#hearers) heard(room, change)
  }

  #move(moved: Moved): void {
    if (!this.#lease.isShared) return
    this.#changed.set(`${moved.room}/${moved.user}`, moved)
    this.#timer ??= setTimeout(() => void this.#write().catch(theSweepWillDo), this.#pause).unref()
  }

  readonly #write = oneAtATime(async () => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const moved = [...this.#changed.values()]
    this.#changed = new Map()
    const isHere = ({ room, user }: Moved) => this.#rooms.get(room)?.here.has(user) ?? false
    const [came, went] = [moved.filter(isHere), moved.filter((one) => !isHere(one))]
    const messages = inMessages([
      ...came.map(({ room, user, name }) => [room, user, name] as const),
      ...went.map(({ room, user }) => [room, user, null] as const),
    ])
    const before = this.#version
    this.#version += messages.length
    try {
      if (await run(this.#lease.hang(this.#rows.change(this.#version, came, went)))) {
        for (const [i, changes] of messages.entries()) this.#tellOthers({ version: before + 1 + i, changes })
        return
      }
    } catch (cause) {
      this.#moveAgain(moved)
      throw cause
    }
    this.#moveAgain(moved)
    void this.#lease.sweep().catch(theSweepWillDo)
  })

  #moveAgain(moved: ReadonlyArray<Moved>): void {
    for (const one of moved) this.#changed.set(`${one.room}/${one.user}`, one)
  }

  #tellOthers(told: Omit<typeof Changes.Type, "node">): void {
    this.#carrier.tell(topic.name, JSON.stringify({ node: this.#lease.node, ...told }))
  }

  #hear(told: typeof Words.Type): void {
    if (told.node === this.#lease.node || this.#gone.has(told.node)) return
    if ("gone" in told) {
      this.#gone.add(told.node)
      return this.#drop(told.node)
    }
    this.#meanwhile?.push(told)
    if (!this.#follows(told)) return
    for (const [room, user, name] of told.changes) {
      const people = this.#rooms.get(room)
      if (people?.isKnown && told.version > (people.readAt.get(told.node) ?? 0))
        this.#tell(room, people.told(told.node, user, name))
    }
  }

  /** Whether a message comes next after what was heard of its node. Where one is missing, everything is read. */
  #follows({ node, version }: Told): boolean {
    const heard = this.#heard.get(node) ?? 0
    if (version <= heard) return false
    if (version === heard + 1) this.#heard.set(node, version)
    else this.#doubt()
    return version === heard + 1
  }

  #doubt(): void {
    this.#isDoubtful = true
    void this.#read().catch(theSweepWillDo)
  }

  readonly #read = oneAtATime(async () => {
    const known = [...this.#rooms].flatMap(([room, { isKnown }]) => (isKnown ? [room] : []))
    const rooms = new Set(this.#isDoubtful ? [...known, ...this.#wanted] : this.#wanted)
    this.#isDoubtful = false
    this.#wanted.clear()
    if (rooms.size === 0) return
    this.#meanwhile = []
    try {
      this.#take(rooms, await run(this.#rows.elsewhere([...rooms])))
    } catch (cause) {
      for (const room of rooms) if (this.#rooms.has(room)) this.#wanted.add(room)
      throw cause
    } finally {
      this.#meanwhile = undefined
    }
  })

  /** Takes what was read, and what was told since then, for these rooms. */
  #take(rooms: ReadonlySet<RoomId>, { isSettled, versions, people }: Elsewhere): void {
    const isBelieved = ({ node, version = Infinity }: { readonly node: string; readonly version?: number }) =>
      version > (versions.get(node) ?? 0) && !this.#gone.has(node)
    const since = this.#meanwhile!.filter(isBelieved)
    const read = new Map([...rooms].map((room) => [room, new OnOtherNodes()]))
    for (const { node, room, person } of people) if (isBelieved({ node })) read.get(room)!.add(node, person)
    for (const { node, changes } of since)
      for (const [room, id, name] of changes)
        if (name === null) read.get(room)?.remove(node, id)
        else read.get(room)?.add(node, { id, name })
    const isAll = [...this.#rooms].every(([room, { isKnown }]) => !isKnown || rooms.has(room))
    // A node without a row may only be late in coming back, after the database lost all of them.
    const late = isSettled ? [] : [...this.#heard].filter(([node]) => !versions.has(node) && !this.#gone.has(node))
    for (const [room, elsewhere] of read) {
      const known = this.#rooms.get(room)
      if (known === undefined) continue
      for (const [node] of late) for (const person of known.by(node)) elsewhere.add(node, person)
      this.#tell(room, known.read(elsewhere, versions))
    }
    if (!isAll) return
    this.#heard.clear()
    for (const [node, version] of [...versions, ...late]) this.#heard.set(node, version)
    for (const told of since) this.#follows(told)
  }

  #sweep({ others, isFresh, isSettled }: Sweep): void {
    const living = new Map(others.map(({ id, version }) => [id, version]))
    if (isSettled) for (const node of this.#swept.keys()) if (!living.has(node)) this.#drop(node)
    // What the last sweep saw has had time to be told. Version 0: the next sweep will say whether that node is there.
    const isBehind = [...this.#swept].some(([node, version]) => version > (this.#heard.get(node) ?? 0))
    const unsure = [...(isSettled ? [] : this.#swept.keys()), ...this.#heard.keys()]
    this.#swept = new Map([...unsure.map((node) => [node, 0] as const), ...living])
    if (isFresh) this.#writeAll()
    if (this.#changed.size > 0) void this.#write().catch(theSweepWillDo)
    if (isBehind) this.#doubt()
    else if (this.#wanted.size > 0) void this.#read().catch(theSweepWillDo)
  }

  #drop(node: string): void {
    this.#heard.delete(node)
    for (const [room, people] of this.#rooms) this.#tell(room, people.drop(node))
  }

  /** After a version that nobody heard, so that whoever knew this node reads it afresh. */
  #writeAll(): void {
    this.#version += 1
    for (const [room, { here }] of this.#rooms)
      this.#moveAgain(here.list().map(({ id, name }) => ({ room, user: id, name })))
  }
}

interface Moved {
  readonly room: RoomId
  readonly user: UserId
  readonly name: string
}

const Changes = Schema.Struct({
  node: Schema.String,
  version: Schema.Int,
  /** Room, person, and the name of who came; null for who went. */
  changes: Schema.Array(Schema.Tuple([RoomId, UserId, Schema.NullOr(Schema.String)])),
})
type Told = typeof Changes.Type
const Words = Schema.Union([Changes, Schema.Struct({ node: Schema.String, gone: Schema.Literal(true) })])
const topic = { name: "presence", words: Words }
const theSweepWillDo = (): void => undefined
