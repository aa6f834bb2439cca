import type { WebDevice } from "@roomlog/schemas"
import type { Page, Worker } from "playwright-core"
import type { Browser as Subscribed, WebPushService } from "../push/webPushService.ts"

/**
 * Opens the page's notifications. A browser without a screen shows none, has no push service and says "denied" of both:
 * so the page is given the answer of its real permission, and a subscription with `services` (none: it fails). The rest
 * is the browser's and the server's own. Gives who is subscribed.
 */
export const withPushService = async (page: Page, services: WebPushService | null): Promise<() => Subscribed> => {
  let made: Subscribed | undefined
  await page.exposeFunction("subscribeWith", (key: string) => {
    made = services?.browser(key)
    return made?.device ?? null
  })
  await page.addInitScript(() => {
    const ask = Notification.requestPermission.bind(Notification)
    let answer: NotificationPermission = "default"
    Object.defineProperty(Notification, "permission", { get: () => answer })
    Notification.requestPermission = async () => {
      answer = await ask()
      return answer
    }
    let now: unknown = null
    const bare = PushManager.prototype as unknown as Record<string, unknown>
    const { subscribeWith } = globalThis as unknown as { subscribeWith: (key: string) => Promise<WebDevice | null> }
    bare["getSubscription"] = async () => now
    bare["subscribe"] = async ({ applicationServerKey }: { applicationServerKey: Uint8Array }) => {
      const letters = btoa(String.fromCharCode(...applicationServerKey))
      const device = await subscribeWith(letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""))
      if (device === null) throw new DOMException("Registration failed - push service error", "AbortError")
      now = {
        endpoint: device.endpoint,
        options: { applicationServerKey },
        toJSON: () => ({ keys: device.keys }),
        unsubscribe: async () => {
          now = null
          return true
        },
      }
      return now
    }
  })
  await page.reload()
  await page.getByRole("button", { name: "Notifications" }).click()
  return () => made!
}

/** The screen of a worker: what it shows is kept, and can be read and pressed. */
export const withScreen = async (worker: Worker) => {
  await worker.evaluate(() => {
    const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration }
    const shown = new Map<string, unknown>()
    const screen = {
      showNotification: async (title: string, options: NotificationOptions) => {
        shown.set(options.tag ?? "", { title, ...options, close: () => shown.delete(options.tag ?? "") })
      },
      getNotifications: async ({ tag }: GetNotificationOptions = {}) =>
        [...shown].filter(([key]) => tag === undefined || key === tag).map(([, notification]) => notification),
    }
    Object.assign(registration, screen)
    Object.assign(globalThis, { shown })
  })
  return {
    shown: () =>
      worker.evaluate(() =>
        [...(globalThis as unknown as { shown: Map<string, Notification> }).shown.values()].map(
          ({ title, body, tag }) => ({ title, body, tag }),
        ),
      ),
    press: () =>
      worker.evaluate(() => {
        const [notification] = (globalThis as unknown as { shown: Map<string, Notification> }).shown.values()
        dispatchEvent(Object.assign(new Event("notificationclick"), { notification, waitUntil: () => {} }))
      }),
  }
}

/** Hands a push to the page's worker, as the browser would. */
export const deliver = async (page: Page, said: object): Promise<void> => {
  const { origin } = new URL(page.url())
  const devtools = await page.context().newCDPSession(page)
  const registered = new Promise<string>((resolve) =>
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const ours = registrations.find(({ scopeURL }) => scopeURL.startsWith(origin))
      if (ours !== undefined) resolve(ours.registrationId)
    }),
  )
  await devtools.send("ServiceWorker.enable")
  const registrationId = await registered
  await devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: JSON.stringify(said) })
  await devtools.detach()
}
