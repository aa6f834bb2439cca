import type { AppRouter } from "@roomlog/backend"
import { httpSubscriptionLink, type TRPCLink } from "@trpc/client"
import { eventsOver } from "./events.ts"
import { authorization, fetchOf, type LinkNeeds } from "./needs.ts"

/** Server-sent events for subscriptions. */
export const subscriptionLink = ({ options, speaker }: LinkNeeds): TRPCLink<AppRouter> => {
  const EventSource = eventsOver(fetchOf(options), () => authorization(speaker()))
  return httpSubscriptionLink<AppRouter, typeof EventSource>({ url: `${options.url}/trpc`, EventSource })
}
