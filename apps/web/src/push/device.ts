import type { Push } from "@roomlog/client"
import type { WebDevice } from "@roomlog/schemas"
import { createSignal } from "solid-js"
import { forgetWish, isWished, keepWish } from "./wish.ts"

/** Whether this device notifies, and if not, why not. */
export type Device =
  | { readonly _tag: "insecure" | "unsupported" | "needsHomeScreen" | "blocked" | "off" | "working" | "on" }
  | { readonly _tag: "failed"; readonly why: string }

const [device, setDevice] = createSignal<Device>({ _tag: "working" })

export { device }

/** Looks how things stand, and tells the server again what it may have lost: its keys, or this device's address. */
export const look = async (push: Push, me: string): Promise<void> => {
  const hindered = hindrance()
  if (hindered !== null) return void setDevice({ _tag: hindered })
  if (!isWished(me) || Notification.permission !== "granted") return void setDevice({ _tag: "off" })
  await turnOn(push, me)
}

/** Asks the person and the browser, and tells the server. Must be called from a press: browsers ask only then. */
export const turnOn = async (push: Push, me: string): Promise<void> => {
  setDevice({ _tag: "working" })
  try {
    if ((await Notification.requestPermission()) !== "granted") return void setDevice({ _tag: hindrance() ?? "off" })
    await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" })
    const [{ pushManager }, key] = await Promise.all([navigator.serviceWorker.ready, push.key()])
    await push.subscribe(deviceOf(await subscription(pushManager, key)))
    keepWish(me)
    setDevice({ _tag: "on" })
  } catch (failure) {
    setDevice({ _tag: "failed", why: reasonOf(failure) })
  }
}

/** Ends notifications on this device. The browser's end goes away even when the server cannot be reached. */
export const turnOff = async (push: Push): Promise<void> => {
  setDevice({ _tag: "working" })
  forgetWish()
  try {
    const registration = await navigator.serviceWorker.getRegistration("/")
    const old = await registration?.pushManager.getSubscription()
    for (const shown of (await registration?.getNotifications()) ?? []) shown.close()
    if (old != null) {
      const told = push.unsubscribe(deviceOf(old)).catch(() => undefined)
      await old.unsubscribe()
      await Promise.race([told, new Promise((late) => setTimeout(late, 3_000))])
    }
    setDevice({ _tag: hindrance() ?? "off" })
  } catch (failure) {
    setDevice({ _tag: "failed", why: reasonOf(failure) })
  }
}

/** The subscription of this browser for the server's key; one for another key is of a server that was here before. */
const subscription = async (manager: PushManager, key: string): Promise<PushSubscription> => {
  const wanted = fromBase64(key)
  const old = await manager.getSubscription()
  const isSame = old !== null && isEqual(new Uint8Array(old.options.applicationServerKey ?? new ArrayBuffer(0)), wanted)
  if (old !== null && isSame) return old
  await old?.unsubscribe()
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted })
}

const deviceOf = (subscription: PushSubscription): WebDevice => {
  const { p256dh = "", auth = "" } = subscription.toJSON().keys ?? {}
  return { kind: "web", endpoint: subscription.endpoint, keys: { p256dh, auth } }
}

/** What stands in the way before anybody is asked. */
const hindrance = (): "insecure" | "needsHomeScreen" | "unsupported" | "blocked" | null => {
  if (!isSecureContext) return "insecure"
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window
  if (!able) return isHandheldApple() ? "needsHomeScreen" : "unsupported"
  return Notification.permission === "denied" ? "blocked" : null
}

/** iPhones and iPads notify only for pages that were put on the home screen. */
const isHandheldApple = (): boolean =>
  /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1)

const reasonOf = (failure: unknown): string => {
  if (failure instanceof DOMException) return "The browser could not reach its notification service."
  return failure instanceof Error && failure.message !== "" ? failure.message : "That did not work."
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0))

const isEqual = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => byte === other[at])
