import type { PushNotification } from "@roomlog/schemas"

/** A notification as the browser is asked to show it. */
export interface Shown {
  readonly title: string
  readonly options: NotificationOptions & { readonly renotify: boolean; readonly timestamp: number }
}

/** What is kept with a notification that is on the screen. */
export interface Kept {
  readonly url: string
  readonly seq: number
  /** When somebody was last called by it, in ms since 1970. */
  readonly calledAt: number
}

/** How long a room that has called is quiet while more comes, in milliseconds. */
const quietFor = 30_000

/** What a push says. One that cannot be read still says that something came: browsers demand that. */
export const heard = (text: string | undefined): PushNotification | null => {
  try {
    const said = JSON.parse(text ?? "") as Partial<PushNotification> | null
    if (said === null || typeof said.title !== "string" || typeof said.url !== "string") return null
    return { body: "", tag: said.url, room: "" as PushNotification["room"], seq: 0, ...said } as PushNotification
  } catch {
    return null
  }
}

/** How to show a push when its room has `before` on the screen already; null when that is newer. A room calls once in half a minute. */
export const toShow = (said: PushNotification, before: Kept | undefined, now: number): Shown | null => {
  if (before !== undefined && before.seq > said.seq) return null
  const calls = before === undefined || now - before.calledAt >= quietFor
  const kept: Kept = { url: said.url, seq: said.seq, calledAt: calls ? now : before.calledAt }
  return {
    title: said.title,
    options: {
      body: said.body,
      tag: said.tag,
      renotify: calls && said.tag !== "",
      timestamp: now,
      icon: "/icon-192.png",
      badge: "/badge-96.png",
      data: kept,
    },
  }
}

/** Whether a page at `address` shows the room of a notification: the same path up to the message. */
export const showsRoom = (address: string, url: string): boolean => {
  const room = (path: string) => path.replace(/@\d+$/, "").replace(/\/*$/, "/")
  const at = new URL(address)
  const wanted = new URL(url, at)
  return at.origin === wanted.origin && room(at.pathname) === room(wanted.pathname)
}
