import type { RoomSummary } from "@roomlog/schemas"
import { byName } from "./order.ts"

/** Rooms that fit what is typed: names that begin with it, then names that contain it, then topics. */
export const matching = (rooms: ReadonlyArray<RoomSummary>, query: string): ReadonlyArray<RoomSummary> => {
  const wanted = query.trim().toLowerCase().replace(/^#/, "")
  const rank = ({ name, topic }: RoomSummary) =>
    name.startsWith(wanted) ? 0 : name.includes(wanted) ? 1 : topic.toLowerCase().includes(wanted) ? 2 : 3
  return byName(rooms)
    .filter((room) => rank(room) < 3)
    .sort((a, b) => rank(a) - rank(b) || Number(b.unread > 0) - Number(a.unread > 0))
}
