import type { Driver, Query } from "@roomlog/log"
import type { Device, FcmDevice, NoticeRule, PushNotification, RoomId, UserId, WebDevice } from "@roomlog/schemas"
import { Effect } from "effect"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import type { People } from "../identity/people.ts"
import type { Measures } from "../measures.ts"
import type { Spend } from "../rates.ts"
import { reject } from "../rejected.ts"
import type { Rooms } from "../room/readModel.ts"
import { sql } from "../sql.ts"
import { makeFcm, type ServiceAccount } from "./fcm.ts"
import { type FollowerNeeds, startPushFollower } from "./follower.ts"
import { notificationOf } from "./notification.ts"
import { makeOutbox, type Parcel } from "./outbox.ts"
import { failed, type Outcome } from "./outcome.ts"
import { makeOutgoing } from "./outgoing.ts"
import { makePushRows } from "./readModel.ts"
import { Sender } from "./sender.ts"
import { isPublicKey, vapidKeys } from "./vapid.ts"
import { makeWebPush } from "./webPush.ts"

/** How notifications leave this server. */
export interface PushSettings {
  /** Whoever runs this server, as `mailto:` or `https:`; push services want to know. */
  readonly subject: string
  /** Firebase's project, for phones; without it they are not notified. */
  readonly account?: ServiceAccount | undefined
  /** Where Firebase is. */
  readonly fcmUrl: string
  /** Milliseconds in which a message may be read before anybody is notified. */
  readonly grace: number
  /** Private networks that may be called all the same. */
  readonly networks: ReadonlyArray<string>
}

export interface PushNeeds {
  readonly driver: Driver
  readonly log: FollowerNeeds["log"] & { readonly query: Query }
  readonly people: People
  readonly rooms: Pick<Rooms, "readable">
  readonly spend: Spend
  readonly measures: Measures
  readonly now: () => number
  /** Told what went wrong in the background. */
  readonly failed: (cause: unknown) => void
  /** Without them devices and rules are kept, and nobody is notified. */
  readonly settings: PushSettings | undefined
}

/** Notifications for people who are away: their devices, what they want to know, and what is sent. */
export const makePush = Effect.fnUntraced(function* (needs: PushNeeds) {
  const { log, rooms, spend, settings } = needs
  const rows = makePushRows(sql(log.query))
  const keys = yield* vapidKeys(log.query)
  const outgoing = makeOutgoing(settings?.networks ?? [])
  if (settings !== undefined) yield* startSending(needs, settings, { outgoing, keys })

  const check = (device: Device): string | undefined => {
    if (device.kind === "fcm") return undefined
    if (!isPublicKey(device.keys.p256dh)) return "keys.p256dh must be a public key of P-256"
    const reason = outgoing.whyNot(device.endpoint)
    return reason && `endpoint ${reason}`
  }

  const subscribe = Effect.fn("Push.subscribe")(function* (actor: Actor, device: Device) {
    const reason = check(device)
    if (reason !== undefined) return yield* reject({ _tag: "InvalidInput", field: "device", reason })
    yield* spend("posts", actor.id)
    yield* rows.subscribe(actor, device)
  })

  return {
    /** What browsers need to subscribe. */
    publicKey: keys.publicKey,

    /** Notifies a person on a device from now on, and nobody else on it. Ends with the session. */
    subscribe,

    /** The same for a phone that has only its token to say. */
    saveToken: (actor: Actor, token: string) => subscribe(actor, { kind: "fcm", token }),

    unsubscribe: (actor: Actor, device: Device) => rows.unsubscribe(actor.id, device),

    /** What somebody wants to know of rooms, where it is not the default. */
    rules: (user: UserId) => rows.rules(user),

    /** Says what somebody wants to know of a room that they may read. */
    setRule: Effect.fn("Push.setRule")(function* (actor: Actor, { room, notify }: NoticeRule) {
      yield* spend("posts", actor.id)
      yield* rooms.readable(actor.id, room)
      yield* rows.setRule(actor.id, room, notify)
    }),

    /** The room that somebody looks at now, and is not notified of for a minute. */
    attend: (actor: Actor, room: RoomId | null) => rows.attend(actor, room),
  }
})

export type Push = Effect.Success<ReturnType<typeof makePush>>

interface Ways {
  readonly outgoing: ReturnType<typeof makeOutgoing>
  readonly keys: Parameters<typeof makeWebPush>[0]["keys"]
}

/** Follows the log and sends until the scope closes. */
const startSending = (needs: PushNeeds, settings: PushSettings, { outgoing: { post }, keys }: Ways) =>
  Effect.gen(function* () {
    const { driver, log, people, measures, now } = needs
    const { account, subject, fcmUrl: url, grace } = settings
    const outbox = makeOutbox(log.query)
    if (!driver.shared) yield* Effect.promise(() => outbox.freeAll())
    const toWeb = makeWebPush({ post, keys, subject })
    const toPhone = account && makeFcm({ post, account, url, now })
    const send = async ({ kind, address }: Parcel, words: PushNotification, signal: AbortSignal): Promise<Outcome> => {
      if (kind === "web") return toWeb(address as unknown as WebDevice, words, signal)
      return toPhone === undefined ? failed : toPhone(address as unknown as FcmDevice, words, signal)
    }
    yield* Effect.acquireRelease(
      Effect.sync(
        () =>
          new Sender({
            outbox,
            send,
            notificationsOf: (parcels) => notificationsOf(parcels, people),
            now,
            pause: Math.max(25, Math.min(1_000, grace / 2)),
            counted: (outcome) => measures.pushed(outcome),
            failed: needs.failed,
          }),
      ),
      (sender) => Effect.promise(() => sender.stop()),
    )
    yield* startPushFollower({ driver, log, now, grace, kinds: toPhone ? ["web", "fcm"] : ["web"] })
  })

const notificationsOf = async (parcels: ReadonlyArray<Parcel>, people: People) => {
  const authors = await run(people.named(parcels.map(({ author }) => author)))
  return parcels.map((parcel, i) =>
    notificationOf({ roomName: parcel.roomName, author: authors[i]!.name, message: parcel, count: parcel.count }),
  )
}
