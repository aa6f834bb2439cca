import type { IncomingHttpHeaders } from "node:http"

/**
 * What became of one notification for one device: it was taken, or will be tried again (after so many milliseconds at
 * the earliest), or never will be, or the device is gone for good.
 */
export type Outcome =
  | { readonly _tag: "sent" }
  | { readonly _tag: "retry"; readonly after: number }
  | { readonly _tag: "failed" }
  | { readonly _tag: "dead" }

export const sent: Outcome = { _tag: "sent" }
export const failed: Outcome = { _tag: "failed" }
export const dead: Outcome = { _tag: "dead" }

/** It may work later. */
export const retry = (headers: IncomingHttpHeaders = {}): Outcome => ({ _tag: "retry", after: retryAfter(headers) })

/** Whether the same call may have another answer later: no permission may be a wrong clock, or be given yet. */
export const isPassing = (status: number): boolean =>
  status >= 500 || status === 401 || status === 403 || status === 408 || status === 425 || status === 429

/** Milliseconds until a device is tried again, after so many tries: half of it is chance. */
export const backoff = (tries: number): number => {
  const most = Math.min(5_000 * 2 ** Math.min(tries, 20), hour)
  return Math.round(most / 2 + (Math.random() * most) / 2)
}

const hour = 3_600_000

/** Seconds or a date (RFC 9110, 10.2.3); a day at most. */
const retryAfter = ({ "retry-after": wanted = "" }: IncomingHttpHeaders): number => {
  const text = wanted.trim()
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now()
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 24 * hour) : 0
}
