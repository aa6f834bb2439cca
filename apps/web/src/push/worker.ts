import { heard, type Kept, showsRoom, toShow } from "./show.ts"

/**
 * The service worker: shows what is pushed, and brings whoever presses it to the message. It keeps nothing and stands
 * between the page and the server for nothing else.
 */
const worker = self as unknown as Worker

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()))
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()))
worker.addEventListener("push", (event) => event.waitUntil(show(event.data?.text())))
worker.addEventListener("notificationclick", (event) => {
  event.notification.close()
  event.waitUntil(open((event.notification.data as Kept | null)?.url ?? "/"))
})
worker.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.oldSubscription)))

const show = async (text: string | undefined): Promise<void> => {
  const said = heard(text)
  if (said === null) return worker.registration.showNotification("Roomlog", { body: "Something new was written." })
  if ((await pages()).some((page) => page.focused && showsRoom(page.url, said.url))) return
  const [before] = await worker.registration.getNotifications({ tag: said.tag })
  const shown = toShow(said, before?.data as Kept | undefined, Date.now())
  if (shown !== null) await worker.registration.showNotification(shown.title, shown.options)
}

/** Goes to a message on the page that is open, its own room's before others, or on a new one. */
const open = async (url: string): Promise<void> => {
  const all = await pages()
  const page = all.find((one) => showsRoom(one.url, url)) ?? all[0]
  if (page === undefined) return void (await worker.clients.openWindow(url))
  await page.focus().catch(() => undefined)
  page.postMessage({ _tag: "Open", url })
}

/** The browser has given the device another address: the server hears of it, or the page tells it when it is next open. */
const renew = async (old: PushSubscription | null): Promise<void> => {
  const key = old?.options.applicationServerKey
  if (key == null) return
  const fresh = await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
  await fetch("/trpc/push.subscribe", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ device: { kind: "web", endpoint: fresh.endpoint, keys: fresh.toJSON().keys } }),
  })
}

const pages = () => worker.clients.matchAll({ type: "window", includeUncontrolled: true })

/** What is used of a service worker's world, which the page's types do not know. */
interface Worker {
  readonly registration: ServiceWorkerRegistration
  readonly clients: {
    readonly claim: () => Promise<void>
    readonly matchAll: (of: { type: "window"; includeUncontrolled: boolean }) => Promise<ReadonlyArray<Page>>
    readonly openWindow: (url: string) => Promise<unknown>
  }
  readonly skipWaiting: () => Promise<void>
  readonly addEventListener: <Name extends keyof Events>(name: Name, heard: (event: Events[Name]) => void) => void
}
interface Page {
  readonly url: string
  readonly focused: boolean
  readonly focus: () => Promise<unknown>
  readonly postMessage: (message: unknown) => void
}
interface Lasting {
  readonly waitUntil: (work: Promise<unknown>) => void
}
interface Events {
  readonly install: Lasting
  readonly activate: Lasting
  readonly push: Lasting & { readonly data: { readonly text: () => string } | null }
  readonly notificationclick: Lasting & { readonly notification: Notification }
  readonly pushsubscriptionchange: Lasting & { readonly oldSubscription: PushSubscription | null }
}
