import type { Encoder } from "@trpc/server/adapters/ws"
import { jsonEncoder } from "@trpc/server/adapters/ws"
import { mostSubscriptions } from "../places.ts"

/** One message of tRPC's WebSocket protocol, as far as a lane reads it. */
export interface Message {
  readonly id: number | string
  readonly method: "mutation" | "query" | "subscription" | "subscription.stop"
  /** Not there when something is stopped. */
  readonly params?: { readonly path: string; readonly input?: unknown; readonly lastEventId?: string }
}

/** Queries and mutations in one WebSocket message. */
const mostCalls = 20

/** What may be a lane's, if anything is: one message or several. Anything else is read by tRPC, which says what is wrong with it. */
export const messagesIn = (data: Buffer): unknown => {
  if (!words.some((word) => data.includes(word))) return undefined
  try {
    return JSON.parse(data.toString())
  } catch {
    return undefined
  }
}

const words = ['"mutation"', '"query"', '"subscription'].map((word) => Buffer.from(word))

/** Whether it is a message that a lane may take. */
export const isForLane = (message: unknown): message is Message => {
  const { id, method, params } = (message ?? {}) as { readonly [Field in keyof Message]?: unknown }
  if (typeof id !== "number" && typeof id !== "string") return false
  if (method === "subscription.stop") return true
  return isCall(method) && typeof Object(params).path === "string"
}

const isCall = (method: unknown): boolean => method === "mutation" || method === "query" || method === "subscription"

/** A subscription's input, into which tRPC puts what its client heard last. */
export const inputOf = ({ params }: Message): unknown =>
  params?.lastEventId === undefined
    ? params?.input
    : { ...(params.input as object | undefined), lastEventId: params.lastEventId }

/** Whether so many calls may come in one message. A client that comes back sends all of its subscriptions at once. */
export const isTooMany = (calls: ReadonlyArray<unknown>): boolean => {
  const others = calls.filter((call) => !String(Object(call).method).startsWith("subscription")).length
  return others > mostCalls || calls.length - others > mostSubscriptions
}

/** tRPC's encoder, with a limit to the calls in one message. */
export const encoder: Encoder = {
  encode: jsonEncoder.encode,
  decode: (data) => {
    const calls = jsonEncoder.decode(data)
    if (Array.isArray(calls) && isTooMany(calls))
      throw new Error(`at most ${mostCalls} calls and ${mostSubscriptions} subscriptions in one message`)
    return calls
  },
}
