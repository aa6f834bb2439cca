import type { RoomSummary } from "@roomlog/schemas"

/** Rooms in an order that does not change while people write: by name. */
export const byName = (rooms: ReadonlyArray<RoomSummary>): ReadonlyArray<RoomSummary> =>
  [...rooms].sort((a, b) => a.name.localeCompare(b.name))

/** My rooms in the order of the list. */
export const listed = (rooms: ReadonlyArray<RoomSummary>): ReadonlyArray<RoomSummary> =>
  byName(rooms.filter(({ role }) => role !== null))

/** The room above or below the open one, round the end; with `unread` the next one that has something new. */
export const neighbour = (
  rooms: ReadonlyArray<RoomSummary>,
  open: string | null,
  { down, unread }: { readonly down: boolean; readonly unread: boolean },
): RoomSummary | undefined => {
  const all = listed(rooms)
  const at = all.findIndex(({ name }) => name === open)
  const turned = down
    ? [...all.slice(at + 1), ...all.slice(0, at + 1)]
    : [...all.slice(0, Math.max(at, 0)).reverse(), ...all.slice(Math.max(at, 0)).reverse()]
  return turned.find((room) => room.name !== open && (!unread || room.unread > 0))
}

/** What the window's title says: unread messages, the room, the application. */
export const titleOf = (rooms: ReadonlyArray<RoomSummary>, open: string | null): string => {
  const unread = rooms.reduce((sum, room) => sum + (room.role === null ? 0 : room.unread), 0)
  return `${unread > 0 ? `(${unread}) ` : ""}${open === null ? "" : `${open} - `}Roomlog`
}
