import { Schema } from "effect"
import { RoomId } from "./ids.ts"

const notLonger = Schema.isMaxLength(2_000)
const isAddress = Schema.makeFilter(
  (text: string) =>
    (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) || "must be an address that begins with https://",
)
const isToken = Schema.isPattern(/^[\x21-\x7e]{1,4096}$/, {
  message: "must be a registration token: at most 4,096 letters, digits and signs, without spaces",
})

/** A registration token of Firebase Cloud Messaging. */
export const FcmToken = Schema.String.check(isToken)

/** A browser's subscription to Web Push, as `PushSubscription.toJSON()` gives it. */
export const WebDevice = Schema.Struct({
  kind: Schema.Literal("web"),
  endpoint: Schema.String.check(notLonger, isAddress),
  keys: Schema.Struct({
    /** An uncompressed point of P-256 in base64url. */
    p256dh: Schema.String.check(Schema.isPattern(/^B[\w-]{86}=?$/, { message: "must be a public key of P-256" })),
    /** 16 bytes in base64url. */
    auth: Schema.String.check(Schema.isPattern(/^[\w-]{22}(==)?$/, { message: "must be 16 bytes in base64url" })),
  }),
})
export type WebDevice = typeof WebDevice.Type

export const FcmDevice = Schema.Struct({ kind: Schema.Literal("fcm"), token: FcmToken })
export type FcmDevice = typeof FcmDevice.Type

/** Something that shows notifications to whoever is signed in on it. */
export const Device = Schema.Union([WebDevice, FcmDevice])
export type Device = typeof Device.Type

/** What of a room somebody is notified of: everything, mentions and replies to them, or nothing. */
export const Notify = Schema.Literals(["all", "mentions", "none"])
export type Notify = typeof Notify.Type

/** A person's wish for one room. Rooms without one are "mentions". */
export const NoticeRule = Schema.Struct({ room: RoomId, notify: Notify })
export type NoticeRule = typeof NoticeRule.Type

/** The room that somebody looks at right now; none when the page lost the focus. Holds for 60 s, so tell it again every 30. */
export const Attend = Schema.Struct({ room: Schema.NullOr(RoomId) })

/** What a service worker gets to show. One with the same tag replaces the one before; `seq` says which is newer. */
export const PushNotification = Schema.Struct({
  title: Schema.String,
  body: Schema.String,
  tag: Schema.String,
  /** Path of the message in the web client. */
  url: Schema.String,
  room: RoomId,
  seq: Schema.Int,
})
export type PushNotification = typeof PushNotification.Type
