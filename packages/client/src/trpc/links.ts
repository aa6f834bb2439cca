import type { AppRouter } from "@roomlog/backend"
import {
  createWSClient,
  httpBatchLink,
  httpSubscriptionLink,
  type Operation,
  splitLink,
  type TRPCLink,
  type TRPCWebSocketClient,
  wsLink,
} from "@trpc/client"
import type { Cell } from "../cell.ts"
import type { Clock } from "../clock.ts"
import type { Connection, ConnectOptions } from "../contract.ts"
import { eventsOver } from "./events.ts"
import { impatient } from "./impatient.ts"

/** A ping is sent after so many quiet milliseconds, and must be answered within so many. */
const keepAlive = { enabled: true, intervalMs: 5_000, pongTimeoutMs: 2_000 }

export interface LinkNeeds {
  readonly options: ConnectOptions
  readonly clock: Clock
  readonly retryDelay: (n: number) => number
  readonly connection: Cell<Connection>
  /** Who speaks: `null` is nobody, an empty object whoever the browser's cookie says. */
  readonly speaker: () => { readonly token?: string } | null
}

/** HTTP for whoever has not signed in and for the calls that set the cookie, one WebSocket for all else. */
export const socketLink = (needs: LinkNeeds) => {
  let client: TRPCWebSocketClient | undefined
  let link: TRPCLink<AppRouter> | undefined
  const open = (): TRPCLink<AppRouter> => {
    client ??= openSocket(needs)
    link ??= wsLink<AppRouter>({ client })
    return link
  }
  const overSocket: TRPCLink<AppRouter> = (runtime) => (call) => open()(runtime)(call)
  return {
    link: splitLink<AppRouter>({
      condition: (call) => !isForHttp(call, needs),
      true: overSocket,
      false: httpLink(needs),
    }),
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
export const eventsLink = (needs: LinkNeeds) => {
  const { options, speaker } = needs
  const EventSource = eventsOver(fetchOf(options), () => authorization(speaker()))
  return {
    link: splitLink<AppRouter>({
      condition: ({ type }) => type === "subscription",
      true: httpSubscriptionLink<AppRouter, typeof EventSource>({ url: `${options.url}/trpc`, EventSource }),
      false: httpLink(needs),
    }),
    drop: () => {},
  }
}

/** Calls that one HTTP request carries at most; the server takes no more. */
const mostCalls = 20

/** The `fetch` that the options name. */
export const fetchOf = ({ fetch = globalThis.fetch }: ConnectOptions): typeof globalThis.fetch => fetch.bind(globalThis)

const isForHttp = ({ type, path }: Operation, { speaker }: LinkNeeds): boolean =>
  type !== "subscription" && (path.startsWith("identity.") || speaker() === null)

const httpLink = ({ options, speaker }: LinkNeeds): TRPCLink<AppRouter> =>
  httpBatchLink<AppRouter>({
    url: `${options.url}/trpc`,
    headers: () => authorization(speaker()),
    fetch: (url, init) => fetchOf(options)(url, init as RequestInit),
    maxItems: mostCalls,
  })

/** The header that speaks for a service. */
export const authorization = (speaker: { readonly token?: string } | null): Record<string, string> =>
  speaker?.token === undefined ? {} : { authorization: `Bearer ${speaker.token}` }

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
