import type { PushNotification, WebDevice } from "@roomlog/schemas"
import { dead, failed, isPassing, type Outcome, retry, sent } from "./outcome.ts"
import type { OutgoingCalls } from "./outgoing.ts"
import type { VapidKeys } from "./vapid.ts"

/** How long, in seconds, a push service keeps a notification for a browser that is away. */
const life = 24 * 60 * 60

export interface WebPushNeeds {
  readonly post: OutgoingCalls["post"]
  readonly keys: VapidKeys
  /** `mailto:` or `https:`, for the push service's operators. */
  readonly subject: string
}

type Subscription = Pick<WebDevice, "endpoint" | "keys">

/** Sends to browsers over Web Push (RFC 8030), encrypted for the one browser (RFC 8291), signed by this server (RFC 8292). */
export const makeWebPush =
  ({ post, keys, subject }: WebPushNeeds) =>
  async (device: Subscription, notification: PushNotification, signal?: AbortSignal): Promise<Outcome> => {
    // Servers start without it, and many never need it.
    const { default: webPush } = await import("web-push")
    const { headers, body } = webPush.generateRequestDetails(device, JSON.stringify(notification), {
      vapidDetails: { subject, ...keys },
      TTL: life,
      urgency: "high",
      topic: notification.room.replaceAll("-", ""),
    })
    const { status, headers: answered } = await post({
      url: device.endpoint,
      headers: headers as Record<string, string>,
      body: body!,
      signal,
    })
    if (status >= 200 && status < 300) return sent
    if (status === 404 || status === 410) return dead
    return isPassing(status) ? retry(answered) : failed
  }
