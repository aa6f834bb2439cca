import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { type Actor, appRouter, type Context, encoder, Lane } from "@roomlog/backend"
import { getTRPCErrorFromUnknown } from "@trpc/server"
import { type CreateWSSContextFnOptions, getWSConnectionHandler } from "@trpc/server/adapters/ws"
import { type WebSocket, WebSocketServer } from "ws"
import type { Call } from "../observe/calls.ts"
import { LaneSocket } from "./laneSocket.ts"
import { keepAlive } from "./pulse.ts"
import { mostBytes, report, type TrpcSources } from "./trpc.ts"

/** WebSocket close code: the session that the connection spoke for has ended. */
const signedOutCode = 4001

/**
 * tRPC over WebSocket. Lanes take what is asked and told most, and the feed writes live events to the sockets itself.
 * tRPC hears of a connection when the lane first leaves something to it, as it keeps 4 kB for each; nobody keeps its request.
 */
export const trpcOverWebSocket = ({ backend, sessions, calls, addressOf, connections }: TrpcSources) => {
  const wss = new WebSocketServer({
    noServer: true,
    WebSocket: LaneSocket,
    maxPayload: mostBytes,
    perMessageDeflate: false,
  })
  const enter = entrance(connections)

  /** Asks who speaks; from then on a lane takes what it can. */
  const greet = ({ socket, call, address }: Guest, asking: Promise<Actor | undefined>): Promise<Context> =>
    socket.waiting(async () => {
      const actor = await asking
      const context = { backend, actor, address, socket, setSession: undefined }
      // Nothing that its end would undo is begun for a connection that is gone by now.
      if (socket.readyState !== socket.OPEN) return context
      enter(socket, `${address} ${actor?.id}`)
      if (actor === undefined) return context
      // Who speaks is asked once for a connection, so the connection ends with the session.
      const stop = backend.identity.onEnded((session) => {
        if (session === actor.session) socket.close(signedOutCode, "the session has ended: sign in again")
      })
      socket.on("close", stop)
      socket.lane = new Lane({ ...context, actor }, (error, path) => report(call, error, path))
      return context
    })

  /** Has tRPC listen to it. */
  const tellTrpc = ({ socket, call }: Guest, request: IncomingMessage, createContext: MakeContext): void =>
    getWSConnectionHandler({
      wss,
      router: appRouter,
      experimental_encoder: encoder,
      createContext,
      onError: ({ error, path }) => report(call, error, path),
    })(socket, request)

  const welcome = (guest: Guest, known: Promise<Context>): void => {
    const { socket, call } = guest
    const failed = (cause: Error): void => report(call, getTRPCErrorFromUnknown(cause), undefined)
    socket.on("error", failed)
    socket.onLeft = () => {
      socket.off("error", failed)
      tellTrpc(guest, requests.plain, () => known)
    }
    // tRPC has the words for those who cannot be let in.
    known.catch(() => socket.leave())
  }

  /** Whose first message says who they are: tRPC reads it. */
  const introduce = (guest: Guest, headers: IncomingMessage["headers"]): void =>
    tellTrpc(guest, requests.introduced, ({ info }) =>
      greet(guest, sessions.actorOf(headers, info.connectionParams?.["token"])),
    )

  wss.on("connection", (socket, request) => {
    const guest = { socket, call: calls.of(request), address: addressOf(request.socket.remoteAddress, request.headers) }
    socket.wire = request.socket
    if (isIntroduced(request)) introduce(guest, request.headers)
    else welcome(guest, greet(guest, sessions.actorOf(request.headers)))
  })

  const endPulse = keepAlive(wss)
  return {
    wss,
    /** Sends everybody to whoever answers next. */
    close: (): void => {
      endPulse()
      for (const socket of wss.clients) {
        socket.send(JSON.stringify({ id: null, method: "reconnect" }))
        socket.close(1012, "the server restarts: resume")
      }
    },
  }
}

/** A WebSocket that came in, and what is known of the request that opened it. */
interface Guest {
  readonly socket: LaneSocket
  readonly call: Call
  readonly address: string
}

type MakeContext = (options: CreateWSSContextFnOptions) => Promise<Context>

/** Whether its first message will say who speaks, as tRPC's clients do where they cannot set headers. */
const isIntroduced = ({ url = "" }: IncomingMessage): boolean =>
  new URLSearchParams(url.split("?", 2)[1]).get("connectionParams") === "1"

/** What tRPC is shown instead of the request, of which it reads nothing but the address. */
const requestTo = (url: string): IncomingMessage => Object.assign(new IncomingMessage(new Socket()), { url })
const requests = { plain: requestTo("/trpc"), introduced: requestTo("/trpc?connectionParams=1") }

/** Lets so many WebSockets of one person from one address in, and closes the next. */
const entrance = (most: number) => {
  const open = new Map<string, number>()
  return (socket: WebSocket, who: string): void => {
    const others = open.get(who) ?? 0
    if (others >= most) {
      socket.close(4009, "too many connections: close another one first")
      throw new Error("too many connections")
    }
    open.set(who, others + 1)
    socket.on("close", () => {
      const left = (open.get(who) ?? 1) - 1
      if (left > 0) open.set(who, left)
      else open.delete(who)
    })
  }
}
