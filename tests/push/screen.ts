import type { PushNotification } from "@roomlog/schemas"

/** What a device shows, as every system does it: a notification with the tag of another takes its place. */
export class Screen {
  /** By tag. */
  readonly shown = new Map<string, PushNotification>()
  /** Everything that came, repeats included. */
  readonly came: Array<PushNotification> = []
  #wake = new Set<() => void>()

  show(notification: PushNotification): void {
    this.came.push(notification)
    this.shown.set(notification.tag, notification)
    for (const wake of this.#wake) wake()
  }

  /** What is shown of a room. */
  of(room: string): PushNotification | undefined {
    return this.shown.get(`room:${room}`)
  }

  /** Waits until something is so. */
  async until(isSo: (screen: this) => boolean): Promise<void> {
    while (!isSo(this)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake.add(resolve)
      await promise
      this.#wake.delete(resolve)
    }
  }
}
