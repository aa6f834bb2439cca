import { createHash, createHmac, timingSafeEqual } from "node:crypto"

/** What the local ingest calls itself to UploadThing's server; nothing is ever sent there, and clients see the real address. */
export const ingestBase = "http://ingest.invalid/ingest"

/** A leave to upload one file, as UploadThing's server signed it. */
export interface Presigned {
  /** Unique to this leave, other than the key, which has only 31 random bits. */
  readonly id: string
  readonly key: string
  readonly name: string
  /** Bytes that the file will have. */
  readonly size: number
  readonly type: string
  readonly customId: string | null
}

/** A signature as UploadThing writes it. */
export const sign = (apiKey: string, text: string): string =>
  `hmac-sha256=${createHmac("sha256", apiKey).update(text).digest("hex")}`

/** The leave in a path and query below `/ingest`; undefined when the signature is wrong or the time is over. */
export const readPresigned = (apiKey: string, target: string, now: number): Presigned | undefined => {
  const [, signed, signature] = /^(\/ingest\/.*)&signature=hmac-sha256(?:=|%3D)([0-9a-f]{64})$/i.exec(target) ?? []
  if (signed === undefined || signature === undefined) return undefined
  const url = new URL(signed, ingestBase)
  if (!isEqual(sign(apiKey, url.origin + signed), `hmac-sha256=${signature}`)) return undefined
  if (!(Number(url.searchParams.get("expires")) > now)) return undefined
  const said = (name: string): string => decodeURIComponent(url.searchParams.get(`x-ut-${name}`) ?? "")
  return {
    id: createHash("sha256").update(signed).digest("hex").slice(0, 32),
    key: url.pathname.slice("/ingest/".length),
    name: said("file-name"),
    size: Number(said("file-size")),
    type: said("file-type"),
    customId: said("custom-id") || null,
  }
}

const isEqual = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
