import type { Actor, Backend } from "@roomlog/backend"
import type { Command, CommandId, MessageId, RoomId, Seq, StoredImage } from "@roomlog/schemas"
import { Effect } from "effect"
import type { Outbox } from "./outbox.ts"
import { packet } from "./packets.ts"
import { Stay } from "./stay.ts"
import { created, joined, posted, system } from "./translate.ts"
import { readJoin, readSend, Unusable } from "./words.ts"

/** Where images are checked and stored, counted against their sender's rate. */
export interface Media {
  readonly accept: (image: {
    readonly room: RoomId
    readonly owner: Actor
    readonly bytes: Uint8Array
  }) => Effect.Effect<StoredImage, unknown>
}

export interface SessionSources {
  readonly backend: Pick<Backend, "identity" | "rooms" | "commands" | "feed" | "spend" | "now" | "newId">
  /** Where the client connects from. */
  readonly address: string
  readonly media: Media
  readonly outbox: Outbox
  /** What the client has heard of the first room that it joins. */
  readonly since: Seq | undefined
}

/** Somebody in a room, under a name that is held for as long. */
interface Presence {
  readonly room: RoomId
  readonly actor: Actor
  readonly release: () => void
}

/** One old client: who it is and where. Its messages carry no room, so it is in one room at a time: the one it joined last. */
export const openSession = ({ backend, address, media, outbox, since }: SessionSources) => {
  let here: Presence | undefined
  let heardUpTo = since

  const execute = (actor: Actor, command: Command) =>
    backend.commands.execute(actor, backend.newId() as CommandId, command)

  /** Makes the room; when somebody else was faster, it is theirs. */
  const create = Effect.fnUntraced(function* (actor: Actor, name: string) {
    const room = backend.newId() as RoomId
    return yield* execute(actor, created({ room, name })).pipe(
      Effect.as({ room, role: "owner" }),
      Effect.catchTag("Rejected", (no) =>
        backend.rooms.byName(actor.id, name).pipe(Effect.flatMap((found) => (found ? Effect.succeed(found) : no))),
      ),
    )
  })

  /** The room of this name, with the actor as a member. */
  const enter = Effect.fnUntraced(function* (actor: Actor, name: string) {
    const { room, role } = (yield* backend.rooms.byName(actor.id, name)) ?? (yield* create(actor, name))
    if (role === null)
      yield* execute(actor, { _tag: "JoinRoom", room }).pipe(
        Effect.catchTag("Rejected", (no) => (no.rejection._tag === "AlreadyMember" ? Effect.void : no)),
      )
    return room
  })

  const leave = (): void => {
    here?.release()
    here = undefined
  }

  /** Moves to the room, and is there once the feed is live. */
  const stay = Effect.fnUntraced(function* (actor: Actor, room: RoomId, free: () => void) {
    leave()
    const from = heardUpTo === undefined ? undefined : backend.feed.token(heardUpTo)
    const stay = new Stay({ room, actor, from }, outbox, backend)
    here = {
      room,
      actor,
      release: () => {
        stay.stop()
        free()
      },
    }
    yield* Effect.tryPromise({ try: () => stay.begun, catch: (cause) => cause }).pipe(
      Effect.onError(() => Effect.sync(leave)),
    )
    heardUpTo = undefined
  })

  return {
    /** Carries out `join`. A refused one leaves the client where it is. */
    join: Effect.fn("Bridge.join")(function* (words: unknown) {
      const { username, room: name } = yield* Effect.fromResult(readJoin(words))
      yield* backend.spend("oldJoins", address)
      const { actor, leave: free } = yield* backend.identity.speakAs(username)
      const room = yield* enter(actor, name).pipe(Effect.onError(() => Effect.sync(free)))
      if (here?.room !== room || here.actor.id !== actor.id) return yield* stay(actor, room, free)
      free()
      outbox.send(packet(joined(actor.name, backend.now())))
    }),

    /** Carries out `send_message`. */
    send: Effect.fn("Bridge.send")(function* (words: unknown) {
      if (here === undefined) return yield* new Unusable()
      const { room, actor } = here
      const { text, image } = yield* Effect.fromResult(readSend(words))
      const stored = image && (yield* media.accept({ room, owner: actor, bytes: image }))
      yield* execute(actor, posted({ room, message: backend.newId() as MessageId }, text, stored))
    }),

    /** Says to this client alone why something was not done. */
    explain: (why: string): void => outbox.send(packet(system(why, backend.now()))),

    leave,
  }
}

export type Session = ReturnType<typeof openSession>
