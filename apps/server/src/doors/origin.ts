import type { IncomingMessage } from "node:http"

/** Origins whose pages may write here: our own address, the public one, and those that were named. */
export const makeOriginCheck =
  (allowed: ReadonlyArray<string>) =>
  ({ headers }: IncomingMessage): boolean => {
    const { origin, host } = headers
    if (origin === undefined) return headers["sec-fetch-site"] !== "cross-site"
    if (!URL.canParse(origin)) return false
    const from = new URL(origin)
    return from.host === host || allowed.includes(from.origin)
  }

export type OriginCheck = ReturnType<typeof makeOriginCheck>
