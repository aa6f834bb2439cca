import type { AppRouter } from "@roomlog/backend"
import { httpBatchLink, httpSubscriptionLink, splitLink, type TRPCLink } from "@trpc/client"
import { eventsOver } from "./events.ts"
import { authorization, fetchOf, type LinkNeeds } from "./needs.ts"

/** Calls that one HTTP request carries at most; the server takes no more. */
const mostCalls = 20

/** Calls in HTTP requests, those of one moment together; server-sent events for subscriptions. */
export const eventsLink = ({ options, speaker }: LinkNeeds): TRPCLink<AppRouter> => {
  const url = `${options.url}/trpc`
  const headers = () => authorization(speaker())
  const EventSource = eventsOver(fetchOf(options), headers)
  return splitLink<AppRouter>({
    condition: ({ type }) => type === "subscription",
    true: httpSubscriptionLink<AppRouter, typeof EventSource>({ url, EventSource }),
    false: httpBatchLink<AppRouter>({
      url,
      headers,
      fetch: (url, init) => fetchOf(options)(url, init as RequestInit),
      maxItems: mostCalls,
    }),
  })
}
