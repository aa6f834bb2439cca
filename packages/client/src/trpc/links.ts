import type { AppRouter } from "@roomlog/backend"
import { createWSClient, type Operation, type TRPCLink, type TRPCWebSocketClient, wsLink } from "@trpc/client"
import type { Connection } from "../contract.ts"
import { impatient } from "./impatient.ts"
import { lazily } from "./lazily.ts"
import type { LinkNeeds } from "./needs.ts"
import { httpLink } from "./overHttp.ts"

/** A ping is sent after so many quiet milliseconds, and must be answered within so many. */
const keepAlive = { enabled: true, intervalMs: 5_000, pongTimeoutMs: 2_000 }

/** HTTP for whoever has not signed in and for the calls that set the cookie, one WebSocket for all else. */
export const socketLink = (needs: LinkNeeds) => {
  let client: TRPCWebSocketClient | undefined
  let link: TRPCLink<AppRouter> | undefined
  const overHttp = httpLink(needs)
  const overSocket = (): TRPCLink<AppRouter> => {
    client ??= openSocket(needs)
    link ??= wsLink<AppRouter>({ client })
    return link
  }
  const way: TRPCLink<AppRouter> = (runtime) => (call) =>
    (isForHttp(call.op, needs) ? overHttp : overSocket())(runtime)(call)
  return {
    link: way,
    /** Ends the WebSocket; the next call opens another one. */
    drop: () => {
      const old = client
      client = undefined
      link = undefined
      void old?.close()
      old?.connection?.ws?.close()
    },
  }
}

/** HTTP for calls, server-sent events for subscriptions. */
export const eventsLink = (needs: LinkNeeds) => ({
  link: lazily(async () => (await import("./overEvents.ts")).eventsLink(needs)),
  drop: () => {},
})

const isForHttp = ({ type, path }: Operation, { speaker }: LinkNeeds): boolean =>
  type !== "subscription" && (path.startsWith("identity.") || speaker() === null)

const tokenOf = (speaker: { readonly token?: string } | null): Record<string, string> =>
  speaker?.token === undefined ? {} : { token: speaker.token }

const openSocket = ({ options, clock, retryDelay, connection, speaker }: LinkNeeds): TRPCWebSocketClient => {
  let isCurrent = true
  const params = tokenOf(speaker())
  const client = createWSClient({
    url: `${options.url.replace(/^http/, "ws")}/trpc`,
    WebSocket: impatient(options.WebSocket ?? globalThis.WebSocket),
    keepAlive,
    ...(params["token"] === undefined ? {} : { connectionParams: params }),
    retryDelayMs: (n) => {
      const delay = retryDelay(n)
      const now = connection.get()
      if (isCurrent && now._tag === "waiting") connection.set({ ...now, retryAt: clock.now() + delay })
      return delay
    },
  })
  client.connectionState.subscribe({
    next: ({ state, error }) => {
      if (state === "idle") isCurrent = false
      if (!isCurrent) return
      if (state === "pending") connection.set({ _tag: "online" })
      else if (error !== null) connection.set(lost(connection.get(), clock.now()))
      else connection.set({ _tag: "connecting" })
    },
  })
  return client
}

/** The connection when it is not there, and since when. */
export const lost = (before: Connection, now: number): Connection =>
  before._tag === "waiting" ? before : { _tag: "waiting", since: now, retryAt: now }
