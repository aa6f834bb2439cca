import { type Actor, type Backend, Rejected } from "@roomlog/backend"
import type { CommandId, MessageId, RoomId, StoredImage } from "@roomlog/schemas"
import { Effect } from "effect"
import { enter } from "./enter.ts"
import type { Mark } from "./mark.ts"
import { commandOf, uuidOf } from "./once.ts"
import { onRefusal } from "./onRefusal.ts"
import type { Outbox } from "./outbox.ts"
import { packet } from "./packets.ts"
import { Stay } from "./stay.ts"
import { joined, posted, system } from "./translate.ts"
import { type JoinWords, readName, type SendWords, Unusable } from "./words.ts"

/** Where images are checked and stored, counted against their sender's rate. */
export interface Media {
  readonly accept: (image: {
    readonly room: RoomId
    readonly owner: Actor
    readonly bytes: Uint8Array
  }) => Effect.Effect<StoredImage, unknown>
}

/** What old clients need of the backend. */
export type OldBackend = Pick<
  Backend,
  "identity" | "rooms" | "legacy" | "commands" | "feed" | "spend" | "now" | "newId"
>

export interface SessionSources {
  readonly backend: OldBackend
  /** Where the client connects from. */
  readonly address: string
  readonly media: Media
  readonly outbox: Outbox
  /** Who is signed in behind the client now, if anybody: that person speaks, whatever name is said. */
  readonly signedIn: () => Promise<Actor | undefined>
  /** True lets nobody in who is not signed in. */
  readonly needsToken: boolean
  /** What the client has heard of the first room that it joins. */
  readonly since: Mark | undefined
}

interface Arrival {
  readonly actor: Actor
  readonly room: RoomId
  readonly since: Mark | undefined
  /** Gives the name back. */
  readonly free: () => void
}

/** Somebody in a room, under a name that is held for as long. */
interface Presence {
  readonly room: RoomId
  readonly actor: Actor
  readonly release: () => void
}

/** One old client: who it is and where. Its messages carry no room, so it is in one room at a time: the one it joined last. */
export const openSession = (sources: SessionSources) => {
  const { backend, address, media, outbox } = sources
  let here: Presence | undefined
  let heardUpTo = sources.since

  /** Who speaks, and how to give the name back that was taken for it. */
  const speaker = Effect.fnUntraced(function* (username: string) {
    const signedIn = yield* Effect.tryPromise({ try: sources.signedIn, catch: (cause) => cause })
    if (signedIn) return { actor: signedIn, leave: () => undefined }
    if (sources.needsToken) return yield* notSignedIn
    return yield* backend.identity.speakAs(yield* Effect.fromResult(readName(username)))
  })

  const leave = (): void => {
    here?.release()
    here = undefined
  }

  /** Moves to the room, and is there once the feed is live. */
  const stay = Effect.fnUntraced(function* ({ actor, room, since, free }: Arrival) {
    leave()
    const stay = new Stay({ room, actor, since: since ?? heardUpTo, lost: leave }, outbox, backend)
    here = {
      room,
      actor,
      release: () => {
        stay.stop()
        free()
      },
    }
    yield* Effect.tryPromise({ try: () => stay.begun, catch: (cause) => cause }).pipe(
      Effect.andThen(stillSignedIn(actor)),
      Effect.onError(() => Effect.sync(leave)),
    )
    heardUpTo = undefined
  })

  /** With a key, ids follow from it; the message's also from what is said, so that other words are another message. */
  const idsOf = ({ key, text, image }: SendWords, room: RoomId, actor: Actor) => {
    if (key === undefined) return { command: backend.newId() as CommandId, message: backend.newId() as MessageId }
    const words = ["message", key, actor.id, room, text, image ?? ""]
    return { command: commandOf(key, room), message: uuidOf(words) as MessageId }
  }

  /** A session that ended before its feed was followed ended unheard. */
  const stillSignedIn = Effect.fnUntraced(function* ({ session }: Actor) {
    if (session === null) return
    const now = yield* Effect.tryPromise({ try: sources.signedIn, catch: (cause) => cause })
    if (now?.session !== session) return yield* notSignedIn
  })

  return {
    /** Carries out `join`. A refused one leaves the client where it is. */
    join: Effect.fn("Bridge.join")(function* ({ username, room: name, since }: JoinWords) {
      yield* backend.spend("oldJoins", address)
      const { actor, leave: free } = yield* speaker(username)
      const room = yield* enter(backend, actor, name).pipe(Effect.onError(() => Effect.sync(free)))
      if (since || here?.room !== room || here.actor.id !== actor.id) return yield* stay({ actor, room, since, free })
      free()
      outbox.send(packet(joined(actor.name, backend.now())))
    }),

    /** Carries out `send_message`. */
    send: Effect.fn("Bridge.send")(function* (words: SendWords) {
      if (here === undefined) return yield* new Unusable()
      const { room, actor } = here
      const { command, message } = idsOf(words, room, actor)
      const isThere = backend.legacy.message(room, message).pipe(Effect.map((found) => found !== undefined))
      const stored = words.image && (yield* media.accept({ room, owner: actor, bytes: words.image }))
      yield* backend.commands.execute(actor, command, posted({ room, message }, words.text, stored)).pipe(
        // The same image said again was stored again, under another name: only the first is in the message.
        onRefusal("CommandReused", (no) => Effect.flatMap(isThere, (said) => (said ? Effect.void : no))),
      )
    }),

    /** Says to this client alone why something was not done. */
    explain: (why: string): void => outbox.send(packet(system(why, backend.now()))),

    leave,
  }
}

const notSignedIn = new Rejected({ rejection: { _tag: "NotSignedIn" } })

export type Session = ReturnType<typeof openSession>
