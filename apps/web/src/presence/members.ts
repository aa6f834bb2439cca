import type { Roomlog } from "@roomlog/client"
import type { Member, RoomId } from "@roomlog/schemas"
import { type Accessor, createEffect, createSignal, on } from "solid-js"

export type Members = ReturnType<typeof makeMembers>

/** The members of a room: asked for when first wanted, and again whenever `changed` says so. */
export const makeMembers = (roomlog: Roomlog, room: RoomId, changed: Accessor<unknown>) => {
  const [all, setAll] = createSignal<ReadonlyArray<Member>>([])
  const [isWanted, setWanted] = createSignal(false)
  const refresh = () => void roomlog.rooms.members(room).then(setAll, () => {})
  createEffect(on([isWanted, changed], ([wanted]) => wanted && refresh()))
  return { all, refresh, want: () => void setWanted(true) }
}
