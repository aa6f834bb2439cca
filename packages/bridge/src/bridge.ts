import type { IncomingHttpHeaders } from "node:http"
import { type Backend, Rejected, run, sentence } from "@roomlog/backend"
import type { Effect } from "effect"
import type { Server, Socket } from "socket.io"
import { mostEventBytes } from "./options.ts"
import { outboxOf } from "./outbox.ts"
import { type Media, openSession } from "./session.ts"
import { Turns } from "./turns.ts"
import { readSince, sizeOf, Unusable } from "./words.ts"

/** Bytes of answers that may wait for a client which does not read. */
const mostUnread = 1024 * 1024
const tooMuch = new Rejected({ rejection: { _tag: "RateLimited", retryAfter: 1_000 } })

export interface BridgeSources {
  readonly backend: Pick<Backend, "identity" | "rooms" | "commands" | "feed" | "spend" | "now" | "newId">
  /** A Socket.IO server with `bridgeOptions`. */
  readonly io: Server
  readonly media: Media
  /** Where a client comes from, by who connected and what its request says; without it, from where it connected. */
  readonly addressOf?: (connected: string, headers: IncomingHttpHeaders) => string
  /** Hears of what went wrong inside; old clients are only told that something did. */
  readonly failed: (cause: unknown) => void
}

const itself = (connected: string): string => connected

/** Lets old clients in: `join` and `send_message` become commands, and the feed reaches them as `message`. */
export const attachBridge = (sources: BridgeSources): void => {
  sources.io.on("connection", (socket) => welcome(socket, sources))
}

const welcome = (socket: Socket, { backend, media, failed, addressOf = itself }: BridgeSources): void => {
  const outbox = outboxOf(socket.conn)
  const session = openSession({
    backend,
    address: addressOf(socket.conn.remoteAddress, socket.handshake.headers),
    media,
    outbox,
    since: readSince(socket.handshake),
  })
  const turns = new Turns({ count: 100, size: mostEventBytes })

  const on = (word: string, carryOut: (words: unknown) => Effect.Effect<void, unknown>): void => {
    socket.on(word, (...args: ReadonlyArray<unknown>) => {
      if (outbox.buffered() > mostUnread) return outbox.hangUp()
      const [words, answer] = [args[0], answerOf(args)]
      const isTaken = turns.take(sizeOf(words), async () => {
        if (socket.connected) answer(await run(carryOut(words)).then(() => true, refuse))
      })
      if (!isTaken) answer(refuse(tooMuch))
    })
  }

  const refuse = (cause: unknown): false => {
    if (cause instanceof Rejected) session.explain(sentence(cause.rejection))
    else if (!(cause instanceof Unusable)) {
      failed(cause)
      session.explain("Something went wrong inside the server. Try again.")
    }
    return false
  }

  on("join", session.join)
  on("send_message", session.send)
  socket.on("disconnect", () => turns.finish(session.leave))
}

const answerOf = (args: ReadonlyArray<unknown>): ((done: boolean) => void) => {
  const last = args.at(-1)
  return typeof last === "function" ? (done) => void last(done) : () => {}
}
