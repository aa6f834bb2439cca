import { createECDH } from "node:crypto"
import { agreed, type Query } from "@roomlog/log"
import { Effect } from "effect"

/** The key pair by which push services know this server, in base64url. */
export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

/** The keys of all nodes, made by the first one that asks. Subscriptions hang on them for ever. */
export const vapidKeys = (query: Query) =>
  agreed(query, "push keys", JSON.stringify(newKeys())).pipe(Effect.map((text): VapidKeys => JSON.parse(text)))

/** A key pair that nobody had before. */
export const newKeys = (): VapidKeys => {
  const pair = createECDH("prime256v1")
  const publicKey = pair.generateKeys("base64url")
  // A private key that begins with zeros comes out shorter than the 32 bytes that web-push wants.
  const privateKey = Buffer.from(pair.getPrivateKey("hex").padStart(64, "0"), "hex").toString("base64url")
  return { publicKey, privateKey }
}

/** Whether a text in base64url is a point of P-256, as browsers give it. */
export const isPublicKey = (text: string): boolean => {
  try {
    const some = createECDH("prime256v1")
    some.generateKeys()
    return some.computeSecret(text, "base64url").length > 0
  } catch {
    return false
  }
}
