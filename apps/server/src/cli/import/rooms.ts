import { derivedId, type RoomHere } from "@roomlog/backend"
import type { RoomId } from "@roomlog/schemas"
import type { Look } from "./here.ts"
import { factsOf, messageId, type OldRoom, type OldRow } from "./oldRooms.ts"
import { freeName, readTime, roomName } from "./words.ts"

/** Where the messages of an old room go: to a new room, to the one that was made for it before, or to one of its name. */
export interface Target {
  readonly old: OldRoom
  readonly room: RoomId
  readonly name: string
  readonly is: "new" | "known" | "joined"
}

export interface RoomNeeds {
  readonly look: Look
  /** The first messages of each old room. */
  readonly readFirst: () => Promise<ReadonlyArray<OldRow>>
  /** Whether history may be appended to rooms that are here for other reasons. */
  readonly intoExisting: boolean
}

/** Finds a place for every old room. Throws a sentence when some are called like rooms that are here for other reasons. */
export const placeRooms = async (olds: ReadonlyArray<OldRoom>, needs: RoomNeeds): Promise<ReadonlyArray<Target>> => {
  const known = await knownPlaces(olds, needs)
  const ours = new Set([...known.values()].map(({ id }) => id))
  const called = new Map(
    (
      await needs.look.rooms(
        [],
        olds.map(({ name, id }) => roomName(name, id).name),
      )
    ).map((room) => [room.name, room]),
  )
  const taken = new Set(called.keys())
  const joined: Array<RoomHere> = []

  const place = async (old: OldRoom): Promise<Target> => {
    const before = known.get(old.key)
    if (before !== undefined) return { old, room: before.id, name: before.name, is: "known" }
    const wanted = roomName(old.name, old.id).name
    const there = called.get(wanted)
    if (there !== undefined && !ours.has(there.id)) {
      ours.add(there.id)
      joined.push(there)
      return { old, room: there.id, name: there.name, is: "joined" }
    }
    const name = taken.has(wanted) ? await freeRoomName(wanted, taken, needs.look) : wanted
    taken.add(name)
    return { old, room: idOf(old), name, is: "new" }
  }

  const targets: Array<Target> = []
  for (const old of olds) targets.push(await place(old))
  refuseClashes(joined, needs.intoExisting)
  return targets
}

/** Old rooms that were taken over before, by what messages name them by, wherever they are and whatever they are called now. */
const knownPlaces = async (
  olds: ReadonlyArray<OldRoom>,
  { look, readFirst }: RoomNeeds,
): Promise<ReadonlyMap<string, RoomHere>> => {
  const made = new Map((await look.rooms(olds.map(idOf), [])).map((room) => [room.id, room]))
  const known = new Map(olds.flatMap((old) => (made.has(idOf(old)) ? [[old.key, made.get(idOf(old))!]] : [])))
  const others = new Map(olds.flatMap((old) => (known.has(old.key) ? [] : [[old.key, old]])))
  if (others.size === 0) return known
  const firsts = (await readFirst()).flatMap((row) => {
    const old = others.get(row.room ?? "")
    return old ? [{ key: old.key, id: messageId(factsOf(old, row.id, readTime(row.at))) }] : []
  })
  const found = new Map((await look.messages(firsts.map(({ id }) => id))).map(({ id, room }) => [id, room]))
  const rooms = new Map((await look.rooms([...found.values()], [])).map((room) => [room.id, room]))
  for (const { key, id } of firsts) {
    const room = rooms.get(found.get(id)!)
    if (room !== undefined) known.set(key, room)
  }
  return known
}

const idOf = ({ facts }: OldRoom): RoomId => derivedId("django", "room", ...facts) as RoomId

/** The first variation of a name that no room here has. */
const freeRoomName = async (name: string, taken: ReadonlySet<string>, look: Look): Promise<string> => {
  const tried = new Set(taken)
  for (;;) {
    const free = freeName(name, (one) => tried.has(one))
    if ((await look.rooms([], [free])).length === 0) return free
    tried.add(free)
  }
}

const refuseClashes = (joined: ReadonlyArray<RoomHere>, intoExisting: boolean): void => {
  const named = (rooms: ReadonlyArray<RoomHere>) => rooms.map(({ name }) => `"${name}"`).join(", ")
  const closed = joined.filter(({ visibility }) => visibility === "private")
  if (closed.length > 0)
    throw new Error(
      `Old rooms are called like private rooms here: ${named(closed)}. Rename those first. Nothing was changed.`,
    )
  if (joined.length > 0 && !intoExisting)
    throw new Error(
      `Old rooms are called like rooms here: ${named(joined)}. Nothing was changed. Rename those first, or append the old messages to them by --into-existing.`,
    )
}
