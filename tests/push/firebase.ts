import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, verify } from "node:crypto"
import type { FcmDevice, RoomId } from "@roomlog/schemas"
import { Screen } from "./screen.ts"
import { type Asked, must, type Reply, StandIn } from "./standIn.ts"

/** A phone with the app. */
export interface Phone {
  readonly device: FcmDevice
  readonly screen: Screen
  /** The app was removed: Firebase says UNREGISTERED. */
  isGone: boolean
}

const email = "push@roomlog-test.iam.gserviceaccount.com"
const keyId = "key-1"

/** Firebase Cloud Messaging's HTTP v1 and Google's token endpoint, with phones behind them. */
export class Firebase implements AsyncDisposable {
  readonly server: StandIn
  readonly #phones = new Map<string, Phone>()
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2_048 })
  #access = new Set<string>()

  private constructor(server: StandIn) {
    this.server = server
  }

  static async start(): Promise<Firebase> {
    const server = await StandIn.start()
    const made = new Firebase(server)
    server.work = (asked) => (asked.path === "/token" ? made.#grant(asked) : made.#take(asked))
    return made
  }

  /** What an operator downloads from the console. */
  get account(): string {
    return JSON.stringify({
      type: "service_account",
      project_id: "roomlog-test",
      private_key_id: keyId,
      private_key: this.#keys.privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: email,
      token_uri: `${this.server.origin}/token`,
    })
  }

  phone(): Phone {
    const token = `${randomBytes(11).toString("base64url")}:${randomBytes(60).toString("base64url")}`
    const made: Phone = { device: { kind: "fcm", token }, screen: new Screen(), isGone: false }
    this.#phones.set(token, made)
    return made
  }

  /** Tokens for access that were given are worth nothing any more. */
  revoke(): void {
    this.#access = new Set()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]()
  }

  /** RFC 7523: an assertion signed with RS256 for a token of an hour. */
  #grant({ request, body }: Asked): Reply {
    must(request.headers["content-type"] === "application/x-www-form-urlencoded", "must be a form")
    const form = new URLSearchParams(body.toString("utf8"))
    must(form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer", "must be a JWT bearer grant")
    checkAssertion(form.get("assertion") ?? "", createPublicKey(this.#keys.privateKey), `${this.server.origin}/token`)
    const token = `ya29.${randomUUID()}`
    this.#access.add(token)
    return { status: 200, body: { access_token: token, expires_in: 3_599, token_type: "Bearer" } }
  }

  #take({ request, path, body }: Asked): Reply {
    const { authorization = "" } = request.headers
    if (!this.#access.has(authorization.replace(/^Bearer /, ""))) return refusal(401, "UNAUTHENTICATED")
    must(path === "/v1/projects/roomlog-test/messages:send", "must be a send of the project")
    const { message, ...more } = JSON.parse(body.toString("utf8"))
    must(Object.keys(more).length === 0, "knows only message")
    checkMessage(message)
    const phone = this.#phones.get(message.token)
    if (phone === undefined)
      return refusal(400, "INVALID_ARGUMENT", [
        { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "INVALID_ARGUMENT" },
        { "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [{ field: "message.token" }] },
      ])
    if (phone.isGone)
      return refusal(404, "NOT_FOUND", [
        { "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode: "UNREGISTERED" },
      ])
    const { title, body: text } = message.notification
    const { url, room, seq } = message.data
    const tag = message.android.notification.tag
    phone.screen.show({ title, body: text, tag, url, room: room as RoomId, seq: Number(seq) })
    return { status: 200, body: { name: `projects/roomlog-test/messages/${randomUUID()}` } }
  }
}

const refusal = (code: number, status: string, details: ReadonlyArray<object> = []): Reply => ({
  status: code,
  body: { error: { code, status, message: "no", details } },
})

const checkAssertion = (assertion: string, key: KeyObject, audience: string): void => {
  const [header = "", claims = "", signature = ""] = assertion.split(".")
  must(
    verify("sha256", Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, "base64url")),
    "must be signed with RS256",
  )
  const { alg, kid } = read(header)
  must(alg === "RS256" && kid === keyId, "must name the algorithm and the key")
  const { iss, aud, scope, iat, exp } = read(claims)
  must(iss === email && aud === audience, "must be from the account, for this endpoint")
  must(scope === "https://www.googleapis.com/auth/firebase.messaging", "must ask for messaging")
  const now = Date.now() / 1_000
  must(Math.abs(Number(iat) - now) < 300 && Number(exp) - Number(iat) <= 3_600, "must be of now, for an hour at most")
}

/** The fields of `Message` that are used, in their types; anything else is a mistake (as Firebase answers). */
const checkMessage = (message: Record<string, unknown>): void => {
  fits(message, {
    token: isText,
    notification: (it) => fits(it, { title: isText, body: isText }),
    data: (it) =>
      must(
        Object.values(record(it)).every((value) => typeof value === "string"),
        "data must be texts",
      ),
    android: (it) =>
      fits(it, {
        priority: (value) => must(["NORMAL", "HIGH"].includes(String(value)), "knows no such priority"),
        ttl: (value) => must(/^\d+s$/.test(String(value)), "ttl must be seconds"),
        collapse_key: isText,
        notification: (value) => fits(value, { tag: isText }),
      }),
    apns: (it) =>
      fits(it, {
        headers: (value) =>
          must(String(record(value)["apns-collapse-id"]).length <= 64, "apns-collapse-id is too long"),
        payload: record,
      }),
    webpush: (it) => fits(it, { headers: record, notification: record }),
  })
}

const fits = (value: unknown, fields: Readonly<Record<string, (value: unknown) => unknown>>): void => {
  for (const [name, field] of Object.entries(record(value))) {
    const check = fields[name]
    must(check !== undefined, `knows no field ${name}`)
    check(field)
  }
}
const isText = (value: unknown): void => must(typeof value === "string" && value !== "", "must be a text")
const record = (value: unknown): Record<string, unknown> => {
  must(typeof value === "object" && value !== null, "must be an object")
  return value as Record<string, unknown>
}
const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString("utf8"))
