import type { RoomId, Seq } from "@roomlog/schemas"
import type { OpenRoom } from "../contract.ts"
import { insist } from "../insist.ts"
import { already, teller } from "./commands.ts"
import { type RoomNeeds, watchRoom } from "./openRoom.ts"

/** At most one sign of writing in so many milliseconds. */
const typingEvery = 2_000

export interface ActionNeeds extends RoomNeeds {
  readonly markedRead: (room: RoomId, upTo: Seq) => void
  readonly closed: () => void
}

/** An open room with everything one can do in it. */
export const openRoom = (room: RoomId, at: Seq | undefined, needs: ActionNeeds) => {
  const { server, clock, retryDelay, session } = needs
  const watched = watchRoom(room, at, needs)
  const tell = teller(needs)
  let typedAt = Number.NEGATIVE_INFINITY

  const open: OpenRoom = {
    room,
    state: watched.state,
    ready: watched.ready,
    post: (message) => {
      const own = watched.own()
      return own ? own.outbox.post(room, message) : session.then(({ outbox }) => outbox.post(room, message))
    },
    retry: (message) => watched.own()?.outbox.retry(room, message),
    discard: (message) => watched.own()?.outbox.discard(room, message),
    edit: (message, text) => already(tell({ _tag: "EditMessage", room, message, text })),
    remove: async (message) => void (await tell({ _tag: "RemoveMessage", room, message })),
    restore: async (message) => void (await tell({ _tag: "RestoreMessage", room, message })),
    toggleReaction: (message, emoji) => {
      const isThere = watched.state.get().mine.get(message)?.has(emoji) ?? false
      return already(tell({ _tag: isThere ? "Unreact" : "React", room, message, emoji }))
    },
    reactors: (message, emoji) => insist(() => server.reactors(room, message, emoji), { clock, retryDelay }),
    loadOlder: watched.loadOlder,
    loadNewer: watched.loadNewer,
    jumpTo: watched.jumpTo,
    looking: watched.looking,
    typing: () => {
      if (clock.now() - typedAt < typingEvery || server.connection.get()._tag !== "online") return
      typedAt = clock.now()
      server.typing(room).catch(() => {})
    },
    markRead: async (upTo) => {
      await insist(() => server.markRead(room, upTo), { clock, retryDelay })
      needs.markedRead(room, upTo)
    },
    close: () => {
      watched.close()
      needs.closed()
    },
  }
  return { open, lose: watched.lose }
}
