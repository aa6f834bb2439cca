import type { Push } from "@roomlog/client"
import type { RoomId } from "@roomlog/schemas"
import { type Accessor, createEffect, createMemo, on, onCleanup } from "solid-js"

/** How often it is said again where somebody looks, in milliseconds; the server forgets it after 60,000. */
const every = 25_000

/** Tells the server which room is looked at while there is one, also after a connection was lost; and that there is none. */
export const attend = (push: Push, room: Accessor<RoomId | null>, isOnline: Accessor<boolean>): void => {
  const looked = createMemo(room)
  const tell = (at: RoomId | null) => void push.attend(at).catch(() => {}) // It is told again soon, or forgotten.
  createEffect(
    on([looked, createMemo(isOnline)], ([at, online], before) => {
      if (!online || (at === null && before?.[0] == null)) return
      tell(at)
      if (at === null) return
      const again = setInterval(tell, every, at)
      onCleanup(() => clearInterval(again))
    }),
  )
  onCleanup(() => looked() !== null && isOnline() && tell(null))
}
