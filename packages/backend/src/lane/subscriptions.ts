import type { FollowQuery } from "@roomlog/schemas"
import type { WebSocket } from "ws"
import { run } from "../edge.ts"
import { changed, type News, watching } from "../feed/activity.ts"
import type { Frame, Told } from "../feed/frame.ts"
import type { End } from "../feed/sink.ts"
import { mostBuffered, patience } from "../feed/subscriber.ts"
import type { FramedSocket, Speaker } from "./lane.ts"

/** WebSocket close code: "you were too slow; resume from your last token". */
const slowCode = 4008

/** What goes on until it is stopped, or until `ended` is told why it stopped by itself. */
export type Begin = (request: number | string, ended: (why: End) => void) => () => void

/** Follows a room; the feed writes finished messages to the socket itself. */
export const followOver =
  ({ backend, actor, socket }: Speaker, { room, from, lastEventId }: FollowQuery): Begin =>
  (request, ended) =>
    backend.feed.follow(room, actor, lastEventId ?? from, {
      deliver: (frame: Frame) => write(socket, frame, request),
      buffered: () => socket.bufferedAmount,
      end: (why) => {
        if (why._tag === "slow") tooSlow(socket)
        ended(why)
      },
    })

/**
 * Tells what is new in somebody's rooms. Whoever is told that it is watched, or that rooms changed, asks for the whole
 * list: so nothing need be told before the one, and the other stands for all that a slow reader missed.
 */
export const activityOver =
  ({ backend, actor, socket }: Speaker): Begin =>
  (request, ended) => {
    let holdsBack = true
    const goOn = (news: News): void => {
      holdsBack = false
      write(socket, news, request)
    }
    const tell = (news: News): void => {
      if (holdsBack) return
      if (socket.bufferedAmount <= mostBuffered) return write(socket, news, request)
      holdsBack = true
      whenDrained(socket, () => goOn(changed()))
    }
    const watcher = { user: actor.id, tell }
    const stop = backend.feed.watch(watcher, [])
    let isOver = false
    // Watching already, so that a room which is joined meanwhile is not missed.
    run(backend.rooms.joined(actor.id)).then(
      (rooms) => {
        if (isOver) return
        backend.feed.watch(watcher, rooms)
        goOn(watching())
      },
      (cause: unknown) => isOver || ended({ _tag: "failed", cause }),
    )
    return () => {
      isOver = true
      stop()
    }
  }

const write = (socket: FramedSocket, told: Told<unknown>, request: number | string): void => {
  if (socket.readyState === socket.OPEN) socket.sendFrame(told.frame(request))
}

const whenDrained = (socket: WebSocket, then: () => void): void => {
  const since = performance.now()
  const look = setInterval(() => {
    const [isDrained, isLost] = [socket.bufferedAmount === 0, performance.now() - since > patience]
    if (socket.readyState === socket.OPEN && !isDrained && !isLost) return
    clearInterval(look)
    if (isDrained) then()
    else tooSlow(socket)
  }, 100).unref()
}

/** Closes the WebSocket of a reader who does not keep up. */
const tooSlow = (socket: WebSocket): void => {
  socket.close(slowCode, "too slow: resume from your last token")
  setTimeout(() => socket.terminate(), 1_000).unref()
}
