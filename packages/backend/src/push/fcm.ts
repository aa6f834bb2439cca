import { createPrivateKey, type KeyObject, sign } from "node:crypto"
import { readFile } from "node:fs/promises"
import type { FcmDevice, PushNotification } from "@roomlog/schemas"
import { Option, Schema } from "effect"
import { dead, failed, isPassing, type Outcome, retry, sent } from "./outcome.ts"
import type { Answered, OutgoingCalls } from "./outgoing.ts"

/** What Firebase's console gives to a server, as far as it is used. */
export interface ServiceAccount {
  readonly project: string
  readonly email: string
  readonly keyId: string
  readonly key: KeyObject
  readonly tokenUrl: string
}

/** Reads a service account: its JSON, or the path of the file. Fails with a sentence that shows nothing of it. */
export const serviceAccountOf = async (text: string): Promise<ServiceAccount> => {
  try {
    const json = text.trimStart().startsWith("{") ? text : await readFile(text, "utf8")
    const account = Schema.decodeUnknownSync(Schema.fromJsonString(Account))(json)
    return {
      project: account.project_id,
      email: account.client_email,
      keyId: account.private_key_id,
      key: createPrivateKey(account.private_key),
      tokenUrl: account.token_uri,
    }
  } catch {
    throw new Error(
      "FCM_SERVICE_ACCOUNT must be the JSON of a service account, or the path of its file: download a key in Firebase's console, under Service accounts.",
    )
  }
}

export interface FcmNeeds {
  readonly post: OutgoingCalls["post"]
  readonly account: ServiceAccount
  /** Where Firebase is. */
  readonly url: string
  readonly now: () => number
}

/** Sends to phones over HTTP v1 of Firebase Cloud Messaging. */
export const makeFcm = ({ post, account, url, now }: FcmNeeds) => {
  const access = makeAccess({ post, account, now })
  const sendUrl = `${url.replace(/\/$/, "")}/v1/projects/${encodeURIComponent(account.project)}/messages:send`

  return async (
    { token }: Pick<FcmDevice, "token">,
    notification: PushNotification,
    signal?: AbortSignal,
  ): Promise<Outcome> => {
    const bearer = await access.token()
    const answer = await post({
      url: sendUrl,
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body: JSON.stringify({ message: messageOf(token, notification) }),
      signal,
    })
    if (answer.status === 200) return sent
    if (answer.status === 401) access.refused(bearer)
    if (isDead(answer)) return dead
    return isPassing(answer.status) ? retry(answer.headers) : failed
  }
}

/** One notification a room, whatever shows it: Android, an iPhone, or a page that took its token from Firebase. */
const messageOf = (token: string, { title, body, tag, url, room, seq }: PushNotification) => ({
  token,
  notification: { title, body },
  data: { tag, url, room, seq: String(seq) },
  android: { priority: "HIGH", ttl: "86400s", collapse_key: tag, notification: { tag } },
  apns: { headers: { "apns-collapse-id": tag }, payload: { aps: { "thread-id": tag } } },
  webpush: { headers: { TTL: "86400", Urgency: "high", Topic: room.replaceAll("-", "") }, notification: { tag } },
})

/** Whether Firebase says that the token is nobody's: unregistered, or no token at all. Other mistakes are not the token's. */
const isDead = ({ status, text }: Answered): boolean => {
  if (status !== 400 && status !== 404) return false
  const { error } = Option.getOrElse(readRefusal(text), () => ({ error: {} as typeof Refusal.Type.error }))
  const details = error.details ?? []
  if (details.some(({ errorCode }) => errorCode === "UNREGISTERED")) return true
  const isInvalid =
    error.status === "INVALID_ARGUMENT" || details.some(({ errorCode }) => errorCode === "INVALID_ARGUMENT")
  const isTheToken =
    details.some(({ fieldViolations = [] }) => fieldViolations.some(({ field }) => field === "message.token")) ||
    /registration token/i.test(error.message ?? "")
  return isInvalid && isTheToken
}

/** Access tokens by OAuth 2's JWT bearer grant (RFC 7523): asked for once an hour, by whoever needs one first. */
const makeAccess = ({ post, account, now }: Omit<FcmNeeds, "url">) => {
  let asked: Promise<Grant> | undefined

  const ask = async (): Promise<Grant> => {
    const { status, text } = await post({
      url: account.tokenUrl,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: assertionOf(account, Math.floor(now() / 1_000)),
      }).toString(),
    })
    if (status !== 200) throw new Error(`The token endpoint of FCM_SERVICE_ACCOUNT answered ${status}.`)
    const { access_token: token, expires_in } = readAccess(text)
    return { token, expiresAt: now() + Math.max(expires_in - 60, 30) * 1_000 }
  }

  const forget = (grant: Promise<Grant>): void => {
    if (asked === grant) asked = undefined
  }

  const grant = async (): Promise<Grant> => {
    asked ??= ask()
    const mine = asked
    const given = await mine.catch((cause: unknown) => {
      forget(mine)
      throw cause
    })
    if (given.expiresAt > now()) return given
    forget(mine)
    return grant()
  }

  return {
    token: async (): Promise<string> => (await grant()).token,
    /** It was refused: the next call asks for another. */
    refused: (token: string): void => {
      const held = asked
      void held?.then(
        (given) => given.token === token && forget(held),
        () => undefined,
      )
    },
  }
}

interface Grant {
  readonly token: string
  readonly expiresAt: number
}

const assertionOf = ({ email, keyId, key, tokenUrl }: ServiceAccount, at: number): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")
  const claims = { iss: email, scope, aud: tokenUrl, iat: at, exp: at + 3_600 }
  const signed = `${part({ alg: "RS256", typ: "JWT", kid: keyId })}.${part(claims)}`
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`
}

const scope = "https://www.googleapis.com/auth/firebase.messaging"

const Account = Schema.Struct({
  project_id: Schema.String,
  private_key_id: Schema.String,
  private_key: Schema.String,
  client_email: Schema.String,
  token_uri: Schema.String,
})
const readAccess = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ access_token: Schema.String, expires_in: Schema.Number })),
)
const Refusal = Schema.Struct({
  error: Schema.Struct({
    status: Schema.optionalKey(Schema.String),
    message: Schema.optionalKey(Schema.String),
    details: Schema.optionalKey(
      Schema.Array(
        Schema.Struct({
          errorCode: Schema.optionalKey(Schema.String),
          fieldViolations: Schema.optionalKey(
            Schema.Array(Schema.Struct({ field: Schema.optionalKey(Schema.String) })),
          ),
        }),
      ),
    ),
  }),
})
const readRefusal = Schema.decodeUnknownOption(Schema.fromJsonString(Refusal))
