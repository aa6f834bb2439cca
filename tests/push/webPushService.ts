import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  randomUUID,
  verify,
} from "node:crypto"
import type { PushNotification, WebDevice } from "@roomlog/schemas"
import { Screen } from "./screen.ts"
import { type Asked, must, type Reply, StandIn } from "./standIn.ts"

/** A browser with a subscription. */
export interface Browser {
  readonly device: WebDevice
  readonly screen: Screen
  /** It is switched off: the service keeps what comes, one notification for each topic. */
  away: boolean
  /** It is on again and gets what was kept. */
  readonly comeBack: () => void
  /** It has gone for good: the service says 410. */
  isGone: boolean
}

interface Known extends Browser {
  readonly keys: ECDH
  readonly auth: Buffer
  readonly kept: Map<string, PushNotification>
}

/** A push service that speaks RFC 8030, 8291 and 8292, and browsers behind it. */
export class WebPushService implements AsyncDisposable {
  readonly server: StandIn
  readonly #browsers = new Map<string, Known>()
  #publicKey = ""

  private constructor(server: StandIn) {
    this.server = server
  }

  static async start(): Promise<WebPushService> {
    const server = await StandIn.start()
    const made = new WebPushService(server)
    server.work = (asked) => made.#take(asked)
    return made
  }

  /** A browser that lets only this server send to it, as `PushManager.subscribe` does. */
  browser(applicationServerKey: string): Browser {
    this.#publicKey ||= applicationServerKey
    const keys = createECDH("prime256v1")
    const p256dh = keys.generateKeys("base64url")
    const auth = randomBytes(16)
    const path = `/push/${randomUUID()}`
    const kept = new Map<string, PushNotification>()
    const screen = new Screen()
    const made: Known = {
      device: {
        kind: "web",
        endpoint: `${this.server.origin}${path}`,
        keys: { p256dh, auth: auth.toString("base64url") },
      },
      screen,
      away: false,
      comeBack: () => {
        made.away = false
        for (const notification of kept.values()) screen.show(notification)
        kept.clear()
      },
      isGone: false,
      keys,
      auth,
      kept,
    }
    this.#browsers.set(path, made)
    return made
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]()
  }

  #take({ request: { method, headers }, path, body }: Asked): Reply {
    const browser = this.#browsers.get(path)
    if (browser === undefined || browser.isGone) return { status: 410 }
    must(method === "POST", "must be a POST")
    must(/^\d+$/.test(String(headers["ttl"])), "needs a TTL")
    must(["very-low", "low", "normal", "high"].includes(String(headers["urgency"])), "knows no such urgency")
    must(headers["content-encoding"] === "aes128gcm", "must be aes128gcm")
    const topic = String(headers["topic"])
    must(/^[\w-]{1,32}$/.test(topic), "needs a topic of at most 32 characters")
    must(body.length <= 4_096, "must have at most 4,096 bytes")
    checkVapid(String(headers.authorization), { origin: this.server.origin, publicKey: this.#publicKey })
    const notification: PushNotification = JSON.parse(opened(body, browser).toString("utf8"))
    if (browser.away) browser.kept.set(topic, notification)
    else browser.screen.show(notification)
    return { status: 201 }
  }
}

/** RFC 8292: a JWT signed with ES256 by the key that the browser subscribed with. */
const checkVapid = (
  authorization: string,
  { origin, publicKey }: { readonly origin: string; readonly publicKey: string },
): void => {
  const [, token = "", key = ""] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization) ?? []
  const [header = "", claims = "", signature = ""] = token.split(".")
  must(key === publicKey, "must be signed by the key of the subscription")
  const point = Buffer.from(key, "base64url")
  must(point.length === 65 && point[0] === 4, "must name an uncompressed point")
  const jwk = { kty: "EC", crv: "P-256", x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33)) }
  const signer = { key: createPublicKey({ format: "jwk", key: jwk }), dsaEncoding: "ieee-p1363" } as const
  must(
    verify("sha256", Buffer.from(`${header}.${claims}`), signer, Buffer.from(signature, "base64url")),
    "must be signed",
  )
  must(read(header)["alg"] === "ES256", "must use ES256")
  const { aud, exp, sub } = read(claims)
  must(aud === origin, "must be for this origin")
  const left = Number(exp) - Date.now() / 1_000
  must(left > 0 && left <= 24 * 60 * 60 + 60, "must be valid now, and for a day at most")
  must(/^(mailto:|https:)./.test(String(sub)), "must say whom to write to")
}

/** RFC 8291 and 8188: what is inside, if it was sealed for this browser. */
const opened = (body: Buffer, { keys, auth }: Known): Buffer => {
  const salt = body.subarray(0, 16)
  must(body.readUInt32BE(16) >= body.length - 86, "must be one record")
  must(body[20] === 65, "must name the sender's public key")
  const sender = body.subarray(21, 86)
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), sender])
  const secret = derived(keys.computeSecret(sender), { salt: auth, info, length: 32 })
  const key = derived(secret, { salt, info: Buffer.from("Content-Encoding: aes128gcm\0"), length: 16 })
  const nonce = derived(secret, { salt, info: Buffer.from("Content-Encoding: nonce\0"), length: 12 })
  const decipher = createDecipheriv("aes-128-gcm", key, nonce)
  decipher.setAuthTag(body.subarray(-16))
  const padded = Buffer.concat([decipher.update(body.subarray(86, -16)), decipher.final()])
  const end = padded.lastIndexOf(2)
  must(end >= 0 && padded.subarray(end + 1).every((byte) => byte === 0), "must end in a delimiter")
  return padded.subarray(0, end)
}

interface Derivation {
  readonly salt: Buffer
  readonly info: Buffer
  readonly length: number
}

const derived = (secret: Buffer, { salt, info, length }: Derivation): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, salt, info, length))
const base64url = (bytes: Buffer): string => bytes.toString("base64url")
const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString("utf8"))
