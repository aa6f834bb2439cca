import type { IncomingHttpHeaders } from "node:http"
import { type Actor, Rejected, run, sentence } from "@roomlog/backend"
import { Effect } from "effect"
import type { Server, Socket } from "socket.io"
import { guard } from "./guard.ts"
import { mostEventBytes } from "./options.ts"
import { outboxOf } from "./outbox.ts"
import { type Media, type OldBackend, openSession } from "./session.ts"
import { Turns } from "./turns.ts"
import { readJoin, readSend, readSince, readToken, sizeOf, Unusable } from "./words.ts"

/** Bytes of answers that may wait for a client which does not read. */
const mostUnread = 1024 * 1024
const tooMuch = new Rejected({ rejection: { _tag: "RateLimited", retryAfter: 1_000 } })

export interface BridgeSources {
  readonly backend: OldBackend
  /** A Socket.IO server with `bridgeOptions`. */
  readonly io: Server
  readonly media: Media
  /** Who is signed in, by the headers of the handshake or the token in its `auth`; without it, nobody is. */
  readonly actorOf?: (headers: IncomingHttpHeaders, token: string | undefined) => Promise<Actor | undefined>
  /** True lets nobody in who is not signed in. */
  readonly needsToken?: boolean
  /** Where a client comes from, by who connected and what its request says; without it, from where it connected. */
  readonly addressOf?: (connected: string, headers: IncomingHttpHeaders) => string
  /** Hears of what went wrong inside; old clients are only told that something did. */
  readonly failed: (cause: unknown) => void
}

/** Lets old clients in: `join` and `send_message` become commands, and the feed reaches them as `message`. */
export const attachBridge = (sources: BridgeSources): void => {
  const { io, needsToken = false } = sources
  guard(io)
  if (needsToken) io.use((socket, next) => void admit(socket, sources).then(next))
  io.on("connection", (socket) => welcome(socket, sources))
}

/** Nothing when somebody is signed in behind this socket, else what to tell it. */
const admit = async (socket: Socket, sources: BridgeSources): Promise<Error | undefined> => {
  try {
    return (await signedIn(socket, sources)) ? undefined : new Error(tokenNeeded)
  } catch (cause) {
    sources.failed(cause)
    // Clients try again by themselves when the connection breaks, and not when they are refused.
    outboxOf(socket.conn).hangUp()
    return undefined
  }
}

const tokenNeeded =
  "Only who is signed in may come in here. Send the token of a session as auth.token, as a bearer token or as the cookie."

const signedIn = async ({ handshake }: Socket, { actorOf }: BridgeSources): Promise<Actor | undefined> =>
  actorOf?.(handshake.headers, readToken(handshake.auth))

const welcome = (socket: Socket, sources: BridgeSources): void => {
  const { backend, media, failed, addressOf = itself } = sources
  const outbox = outboxOf(socket.conn)
  const session = openSession({
    backend,
    address: addressOf(socket.conn.remoteAddress, socket.handshake.headers),
    media,
    outbox,
    signedIn: () => signedIn(socket, sources),
    needsToken: sources.needsToken ?? false,
    since: readSince(socket.handshake),
  })
  const turns = new Turns({ count: 100, size: mostEventBytes })
  let isFlooded = false

  /** What to do for a word, and the size of what is kept until its turn comes. */
  const toDo = (
    word: string,
    words: unknown,
  ): { readonly size: number; readonly work: Effect.Effect<void, unknown> } => {
    if (word === "join") return { size: 0, work: Effect.flatMap(Effect.fromResult(readJoin(words)), session.join) }
    if (word !== "send_message") return { size: 0, work: new Unusable() }
    const said = readSend(words)
    return { size: sizeOf(said), work: Effect.flatMap(Effect.fromResult(said), session.send) }
  }

  socket.onAny((word: string, ...args: ReadonlyArray<unknown>) => {
    if (outbox.buffered() > mostUnread) return outbox.hangUp()
    const answer = answerOf(args)
    const { size, work } = toDo(word, args[0])
    const isTaken = turns.take(size, async () => {
      if (socket.connected) answer(await run(work).then(() => true, refuse))
    })
    // A flood of words is not answered by a flood of reasons.
    if (!isTaken) answer(isFlooded ? false : refuse(tooMuch))
    isFlooded = !isTaken
  })

  const refuse = (cause: unknown): false => {
    if (cause instanceof Rejected) session.explain(sentence(cause.rejection))
    else if (!(cause instanceof Unusable)) {
      failed(cause)
      session.explain("Something went wrong inside the server. Try again.")
    }
    return false
  }

  socket.on("disconnect", () => turns.finish(session.leave))
}

const itself = (connected: string): string => connected

const answerOf = (args: ReadonlyArray<unknown>): ((done: boolean) => void) => {
  const last = args.at(-1)
  return typeof last === "function" ? (done) => void last(done) : () => {}
}
