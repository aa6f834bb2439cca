import type { ActivityItem, RoomId, Seq, UserId } from "@roomlog/schemas"
import { cell } from "../cell.ts"
import type { RoomList } from "../contract.ts"
import { asError, insist, isPassing, waitAfter } from "../insist.ts"
import type { FeedNeeds } from "./feed.ts"

type Posted = Extract<ActivityItem, { _tag: "Posted" }>

/** Unread messages are counted up to here. */
const mostUnread = 1_000

/** The room list after a message was posted. What the list knows already changes nothing. */
export const withPosted = (list: RoomList, { room, seq, by }: Posted, me: UserId): RoomList => {
  const index = list.findIndex((summary) => summary.room === room)
  const summary = list[index]
  if (summary === undefined || seq <= summary.head) return list
  const isNew = by !== me && seq > summary.readUpTo
  const unread = isNew ? Math.min(mostUnread, summary.unread + 1) : summary.unread
  return list.with(index, { ...summary, head: seq, unread })
}

/** The room list after the reader has read up to a seq; undefined when only the server can count what is left. */
export const withRead = (list: RoomList, room: RoomId, upTo: Seq): RoomList | undefined => {
  const index = list.findIndex((summary) => summary.room === room)
  const summary = list[index]
  if (summary === undefined || upTo <= summary.readUpTo) return list
  return upTo < summary.head ? undefined : list.with(index, { ...summary, readUpTo: upTo, unread: 0 })
}

/** Keeps somebody's room list up to date until it is stopped. */
export const watchRooms = ({ server, clock, retryDelay }: FeedNeeds) => {
  const list = cell<RoomList>([])
  let me: UserId | null = null
  /** What was posted while the list is being asked for. */
  let posted: Posted[] = []
  let asking: Promise<RoomList> | null = null
  let next: Promise<RoomList> | null = null
  let tries = 0
  let leave = (): void => {}

  const askNow = async (): Promise<RoomList> => {
    posted = []
    const reader = me
    const answer = await insist(() => server.list(), { clock, retryDelay, stopped: () => me !== reader })
    if (me === null || me !== reader) return []
    const found = posted.reduce((now, one) => withPosted(now, one, reader!), answer)
    list.set(found)
    return found
  }

  /** One question at a time; whoever asks meanwhile shares the one after it. */
  const refresh = (): Promise<RoomList> => {
    if (asking === null) {
      asking = askNow().finally(() => {
        asking = null
      })
      return asking
    }
    next ??= asking
      .catch(() => {})
      .then(() => {
        next = null
        return refresh()
      })
    return next
  }

  const refreshQuietly = (): void => void refresh().catch(() => {})

  const heard = (item: ActivityItem): void => {
    tries = 0
    if (item._tag !== "Posted" || me === null) return refreshQuietly()
    posted.push(item)
    if (list.get().some(({ room }) => room === item.room)) list.set(withPosted(list.get(), item, me))
    else refreshQuietly()
  }

  const follow = (): void => {
    const reader = me
    leave = server.activity({
      heard: (item) => reader === me && heard(item),
      ended: (problem) => {
        if (reader !== me || (problem !== null && !isPassing(asError(problem)))) return
        leave = clock.after(waitAfter(problem) ?? retryDelay(tries++), follow)
      },
    })
  }

  return {
    list,
    refresh,
    /** Follows for this person from now on; for nobody when null. */
    watchFor: (user: UserId | null) => {
      leave()
      leave = () => {}
      me = user
      list.set([])
      if (user !== null) follow()
    },
    markedRead: (room: RoomId, upTo: Seq) => {
      const read = withRead(list.get(), room, upTo)
      if (read === undefined) refreshQuietly()
      else list.set(read)
    },
  }
}
