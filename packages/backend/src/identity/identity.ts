import { randomBytes } from "node:crypto"
import { Names } from "@roomlog/domain"
import type { DatabaseError } from "@roomlog/log"
import type { Profile, Session } from "@roomlog/schemas"
import { Effect, Semaphore } from "effect"
import { reject } from "../rejected.ts"
import { makeHolds } from "./holds.ts"
import { hash, makeSessions, type SessionSources } from "./sessions.ts"

const sessionLife = 30 * 24 * 60 * 60 * 1000

/** Who speaks, and the session that proves it. Old clients have none. */
export interface Actor extends Profile {
  readonly session: string | null
}

export interface IdentitySources extends SessionSources {
  readonly newId: () => string
}

/** Guests: a name, a session that proves it, and a stable id behind both. The same on every node. */
export const makeIdentity = (sources: IdentitySources) => {
  const { run, people, lease, now, newId } = sources
  const holds = makeHolds(run, lease)
  const { stop, ...sessions } = makeSessions(sources)
  const turns = new Map<string, { readonly semaphore: Semaphore.Semaphore; waiting: number }>()

  const holder = (key: string) =>
    run<Holder>(
      `select p.id, p.name, p.kind, p.turn,
              exists (select 1 from session s where s.user_id = p.id and s.expires_at > $2::bigint)
                or exists (select 1 from name_hold h where h.user_id = p.id and h.node <> $3::uuid) as live
       from profile p where p.name_key = $1 and p.holds_name`,
      [key, now(), lease.node],
    ).pipe(Effect.map(([found]) => found && { ...found, live: found.live || holds.has(found.id) }))

  /** Makes a person who holds the name, and the session if there is one; takes the name from whoever was seen to be gone and is still. */
  const claim = Effect.fnUntraced(function* (name: string, gone: Holder | undefined, token?: string) {
    const [made] = yield* run<Profile>(
      `with freed as (
         update profile set holds_name = false where id = $6::uuid and turn = $7::bigint and holds_name returning 1
       ), waited as (select count(*) from freed), made as (
         insert into profile (id, name, name_key, kind, holds_name, created_at)
         select $1::uuid, $2, $3, $4, true, $5::bigint from waited returning id, name
       ), opened as (
         insert into session (token_hash, user_id, created_at, expires_at)
         select $8::text, id, $5::bigint, $9::bigint from made where $8::text is not null
       )
       select id, name from made`,
      [
        newId(),
        name,
        Names.key(name),
        token ? "guest" : "old-client",
        now(),
        gone?.id ?? null,
        gone?.turn ?? null,
        token ? hash(token) : null,
        now() + sessionLife,
      ],
    )
    people.learn(made!)
    return made!
  })

  const refuseTaken = Effect.fnUntraced(function* (name: string) {
    const stem = `${Names.key(name.replace(/ \d+$/u, ""))}%`
    const taken = yield* run<{ name_key: string }>(
      "select name_key from profile where name_key like $1 and holds_name limit 1000",
      [stem],
    )
    const keys = new Set(taken.map(({ name_key }) => name_key))
    return yield* reject({ _tag: "NameInUse", name, suggestion: Names.suggestion(name, (key) => keys.has(key)) })
  })

  /** One at a time for each name, so that nobody is asked about while somebody else becomes it. */
  const inTurn = <A, E>(name: string, work: Effect.Effect<A, E>): Effect.Effect<A, E> => {
    const key = Names.key(name)
    const turn = turns.get(key) ?? { semaphore: Semaphore.makeUnsafe(1), waiting: 0 }
    turns.set(key, turn)
    turn.waiting += 1
    const leave = Effect.sync(() => {
      turn.waiting -= 1
      if (turn.waiting === 0) turns.delete(key)
    })
    return turn.semaphore.withPermit(work).pipe(Effect.ensuring(leave))
  }

  /** One try at a name for an old client; undefined when somebody was quicker, on this node or another. */
  const tryToSpeak = Effect.fnUntraced(function* (name: string) {
    const held = yield* holder(Names.key(name))
    const mayShare = held?.kind === "old-client" && held.name === name
    if (held?.live && !mayShare) return yield* refuseTaken(name)
    const user = mayShare
      ? { id: held.id, name }
      : yield* claim(name, held).pipe(unlessTaken(Effect.succeed(undefined)))
    if (user === undefined || !(yield* holds.take(user.id))) return undefined
    people.learn(user)
    const actor: Actor = { ...user, session: null }
    return { actor, leave: () => holds.leave(user.id) }
  })

  return {
    ...sessions,

    /** Gives a guest a free name and a session, or says who has the name and what is free. */
    signIn: (wanted: string) => {
      const name = Names.canonical(wanted)
      const signIn = Effect.gen(function* () {
        if (Names.isReserved(name)) return yield* reject({ _tag: "NameReserved", name })
        const held = yield* holder(Names.key(name))
        if (held?.live) return yield* refuseTaken(name)
        const token = randomBytes(32).toString("base64url")
        const user = yield* claim(name, held, token).pipe(unlessTaken(refuseTaken(name)))
        const session: Session = { user, token }
        return session
      })
      return inTurn(name, signIn)
    },

    /**
     * Lets an old client, which has no session, speak under a name that nobody signed in holds; until `leave` is called.
     * The same name on several nodes is the same person. A node's death frees the names of its old clients within 14 s.
     */
    speakAs: (wanted: string) => {
      const name = Names.canonical(wanted)
      const speak = Effect.gen(function* () {
        if (Names.isReserved(name)) return yield* reject({ _tag: "NameReserved", name })
        for (let tries = 0; tries < 5; tries++) {
          const spoken = yield* tryToSpeak(name)
          if (spoken !== undefined) return spoken
        }
        return yield* refuseTaken(name)
      })
      return inTurn(name, speak)
    },

    stop: (): void => {
      stop()
      holds.stop()
    },
  }
}

export type Identity = ReturnType<typeof makeIdentity>

interface Holder extends Profile {
  readonly kind: "guest" | "old-client"
  readonly turn: string
  readonly live: boolean
}

/** Does something else when another took the name in the same moment: the unique index is the law. */
const unlessTaken =
  <B, E>(otherwise: Effect.Effect<B, E>) =>
  <A>(claiming: Effect.Effect<A, DatabaseError>) =>
    Effect.catchIf(
      claiming,
      ({ code }) => code === "23505",
      () => otherwise,
    )
