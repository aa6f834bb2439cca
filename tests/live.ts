import type { Readable } from "@roomlog/client"

/** Waits until something that can be watched is so, and gives it. */
export const until = <T>({ get, watch }: Readable<T>, isSo: (value: T) => boolean): Promise<T> =>
  new Promise((resolve) => {
    if (isSo(get())) return resolve(get())
    const stop = watch((value) => {
      if (!isSo(value)) return
      stop()
      resolve(value)
    })
  })

/** A network cable for one client: pulled, its sockets close and new ones are refused, until it is plugged in again. */
export const cable = () => {
  let isPlugged = true
  const sockets = new Set<WebSocket>()
  class Cabled extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(isPlugged ? url : new URL("/nowhere", url), protocols)
      sockets.add(this)
      this.addEventListener("close", () => sockets.delete(this))
    }
  }
  return {
    WebSocket: Cabled,
    pull: () => {
      isPlugged = false
      for (const socket of sockets) socket.close()
    },
    plug: () => {
      isPlugged = true
    },
  }
}
