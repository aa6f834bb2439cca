import type { ActivityItem, FeedItem, FollowQuery } from "@roomlog/schemas"
import { type TrackedEnvelope, tracked } from "@trpc/server"
import { run } from "../edge.ts"
import type { Actor } from "../identity/identity.ts"
import { takePlace } from "../places.ts"
import { Rejected } from "../rejected.ts"
import { type Context, toTrpc } from "../trpc.ts"
import { changed, type News, watching } from "./activity.ts"
import { type End, FrameQueue } from "./sink.ts"

interface Call<Input> {
  readonly ctx: Context & { readonly actor: Actor }
  readonly input: Input
  readonly signal: AbortSignal | undefined
}

/** Follows a room. Over a WebSocket its lane does the same with less (lane/subscriptions.ts). */
export async function* follow({ ctx, input, signal }: Call<FollowQuery>): AsyncGenerator<TrackedEnvelope<FeedItem>> {
  const giveBack = placeOf(ctx)
  const queue = new FrameQueue()
  const stop = ctx.backend.feed.follow(input.room, ctx.actor, input.lastEventId ?? input.from, queue)
  try {
    for (;;) {
      const next = await queue.next(signal)
      if (next === undefined) return
      if ("_tag" in next) return finish(next)
      yield tracked(next.token, next.item)
    }
  } finally {
    stop()
    giveBack()
  }
}

/** What is new in the caller's rooms. */
export async function* activity({ ctx, signal }: Call<unknown>): AsyncGenerator<ActivityItem> {
  const { backend, actor } = ctx
  const giveBack = placeOf(ctx)
  let isSignedIn = true
  const news: News[] = [watching()]
  let wake = (): void => {}
  const tell = (item: News): void => {
    // A reader this slow asks for the whole list again instead.
    if (news.length >= 1_000) news.splice(0, news.length, changed())
    news.push(item)
    wake()
  }
  const watcher = { user: actor.id, tell }
  const stop = backend.feed.watch(watcher, [])
  signal?.addEventListener("abort", () => wake())
  const stopHearing = backend.identity.onEnded((session) => {
    if (session !== actor.session) return
    isSignedIn = false
    wake()
  })
  try {
    // Watching already, so that a room which is joined meanwhile is not missed.
    backend.feed.watch(watcher, await run(backend.rooms.joined(actor.id)))
    while (!signal?.aborted) {
      if (!isSignedIn) throw toTrpc(new Rejected({ rejection: { _tag: "NotSignedIn" } }))
      for (const { item } of news.splice(0)) yield item
      if (news.length === 0 && isSignedIn && !signal?.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  } finally {
    stop()
    stopHearing()
    giveBack()
  }
}

/** A place for a subscription on its WebSocket. */
const placeOf = ({ socket }: Context) => {
  try {
    return takePlace(socket, "subscriptions")
  } catch (cause) {
    throw toTrpc(cause)
  }
}

/** Ends a subscription as its feed ended: quietly, or with the reason. */
const finish = (end: End): void => {
  if (end._tag === "refused") throw toTrpc(new Rejected({ rejection: end.rejection }))
  if (end._tag === "failed") throw toTrpc(end.cause)
}
