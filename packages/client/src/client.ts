import type { Profile, Seq, UserId } from "@roomlog/schemas"
import { cell } from "./cell.ts"
import { backoff, type Clock, wallClock } from "./clock.ts"
import type { Readable, Roomlog, Store, Upload } from "./contract.ts"
import { insist, once, patience } from "./insist.ts"
import { openOutbox } from "./message/outbox.ts"
import { pushCalls } from "./push/calls.ts"
import { openRoom } from "./room/actions.ts"
import { isRefusal, roomCalls } from "./room/commands.ts"
import { watchRooms } from "./room/list.ts"
import type { Own } from "./room/openRoom.ts"
import type { Server } from "./server.ts"

/** What a client is made of; tests bring their own server and clock. */
export interface ClientNeeds {
  readonly server: Server
  /** Tells one server's outbox from another's. */
  readonly origin: string
  readonly store?: Store | undefined
  readonly clock?: Clock
  readonly retryDelay?: ((n: number) => number) | undefined
  readonly upload: Roomlog["upload"]
}

/** A client of a server. */
export const makeClient = ({ server, origin, store, clock = wallClock, retryDelay, upload }: ClientNeeds): Roomlog => {
  const needs = { server, clock, retryDelay: retryDelay ?? backoff(clock) }
  const me = cell<Profile | null>(null)
  const rooms = watchRooms(needs)
  const online = onlineOf(server)
  const opened = new Set<ReturnType<typeof openRoom>>()
  let own: Own | undefined
  let session = Promise.withResolvers<Own>()

  /** Everything that belongs to the one who was here before ends; a session for `profile` begins. */
  const become = (profile: Profile | null): void => {
    if (profile?.id === own?.me) return me.set(profile)
    end(new Error("Somebody else is signed in now."))
    me.set(profile)
    rooms.watchFor(profile?.id ?? null)
    if (profile === null) return
    own = { me: profile.id, outbox: outboxOf(profile.id) }
    session.resolve(own)
  }

  const outboxOf = (user: UserId) =>
    openOutbox({ ...needs, store, key: `roomlog.outbox ${origin} ${user}`, online, send: server.tell })

  const end = (problem: Error): void => {
    if (own === undefined) return
    own.outbox.stop()
    own = undefined
    session = Promise.withResolvers()
    for (const room of opened) room.lose(problem)
  }

  return {
    connection: server.connection,
    me,
    resume: async () => {
      const profile = await insist(() => server.me(), needs)
      if (profile === null && own !== undefined) server.speakFor(null)
      become(profile)
      return profile
    },
    signIn: async (name) => {
      const answer = await once(() => server.signIn(name), patience, clock)
      if (answer.user.id !== own?.me) become(null)
      server.speakFor({ token: answer.token })
      become(answer.user)
      return answer
    },
    signOut: async () => {
      await insist(() => server.signOut(), needs).catch(unlessGone)
      become(null)
      server.speakFor(null)
    },
    rooms: { ...roomCalls(needs), list: rooms.list, refresh: rooms.refresh },
    open: (room, at?: Seq) => {
      const one: ReturnType<typeof openRoom> = openRoom(room, at, {
        ...needs,
        session: session.promise,
        markedRead: rooms.markedRead,
        closed: () => void opened.delete(one),
      })
      opened.add(one)
      return one.open
    },
    history: (query) => insist(() => server.history(query), needs),
    push: pushCalls(needs),
    upload: (room, file): Upload => upload(room, file),
    close: () => {
      for (const { open } of [...opened]) open.close()
      end(new Error("Closed."))
      rooms.watchFor(null)
      server.close()
    },
  }
}

/** Who is signed out already need not be told so. */
const unlessGone = (problem: unknown): void => {
  if (!isRefusal(problem, "NotSignedIn")) throw problem
}

const onlineOf = ({ connection }: Server): Readable<boolean> => {
  const online = cell(connection.get()._tag === "online")
  connection.watch((now) => online.set(now._tag === "online"))
  return online
}
