import { createHash, randomBytes } from "node:crypto"
import { Names } from "@roomlog/domain"
import type { DatabaseError } from "@roomlog/log"
import type { Profile, Session, UserId } from "@roomlog/schemas"
import { Effect, Semaphore } from "effect"
import { reject } from "../rejected.ts"
import type { Sql } from "../sql.ts"
import type { People } from "./people.ts"

const sessionLife = 30 * 24 * 60 * 60 * 1000

/** Who speaks, and the session that proves it. Old clients have none. */
export interface Actor extends Profile {
  readonly session: string | null
}

export interface IdentitySources {
  readonly now: () => number
  readonly newId: () => string
}

/** Guests: a name, a session that proves it, and a stable id behind both. */
export const makeIdentity = (run: Sql, people: People, { now, newId }: IdentitySources) => {
  const cached = new Map<string, { readonly actor: Actor; readonly expiresAt: number }>()
  const oldClients = new Map<UserId, number>()
  const ended = new Set<(session: string) => void>()
  const turns = new Map<string, { readonly semaphore: Semaphore.Semaphore; waiting: number }>()

  const forget = (oldClient: UserId): void => {
    const left = (oldClients.get(oldClient) ?? 1) - 1
    if (left > 0) oldClients.set(oldClient, left)
    else oldClients.delete(oldClient)
  }

  const holder = (key: string) =>
    run<{ id: UserId; name: string; kind: "guest" | "old-client"; live: boolean }>(
      `select p.id, p.name, p.kind,
              exists (select 1 from session s where s.user_id = p.id and s.expires_at > $2::bigint) as live
       from profile p where p.name_key = $1 and p.holds_name`,
      [key, now()],
    ).pipe(Effect.map(([found]) => found && { ...found, live: found.live || oldClients.has(found.id) }))

  /** Makes a person who holds the name, and the session if there is one; takes the name from whoever holds it and is gone. */
  const claim = Effect.fnUntraced(function* (name: string, kind: "guest" | "old-client", token?: string) {
    const [made] = yield* run<Profile>(
      `with freed as (
         update profile set holds_name = false where name_key = $3 and holds_name and not (id = any($6::uuid[]))
           and not exists (select 1 from session s where s.user_id = profile.id and s.expires_at > $5::bigint) returning 1
       ), waited as (select count(*) from freed), made as (
         insert into profile (id, name, name_key, kind, holds_name, created_at)
         select $1::uuid, $2, $3, $4, true, $5::bigint from waited returning id, name
       ), opened as (
         insert into session (token_hash, user_id, created_at, expires_at)
         select $7::text, id, $5::bigint, $8::bigint from made where $7::text is not null
       )
       select id, name from made`,
      [
        newId(),
        name,
        Names.key(name),
        kind,
        now(),
        [...oldClients.keys()],
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

  const refuseIfTaken =
    (name: string) =>
    <A>(claiming: Effect.Effect<A, DatabaseError>) =>
      claiming.pipe(
        Effect.catchIf(
          (error) => error.code === "23505",
          () => refuseTaken(name),
        ),
      )

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

  return {
    /** Gives a guest a free name and a session, or says who has the name and what is free. */
    signIn: (wanted: string) => {
      const name = Names.canonical(wanted)
      const signIn = Effect.gen(function* () {
        if (Names.isReserved(name)) return yield* reject({ _tag: "NameReserved", name })
        const held = yield* holder(Names.key(name))
        if (held?.live) return yield* refuseTaken(name)
        const token = randomBytes(32).toString("base64url")
        const user = yield* claim(name, "guest", token).pipe(refuseIfTaken(name))
        const session: Session = { user, token }
        return session
      })
      return inTurn(name, signIn)
    },

    /** Who holds this token; undefined when nobody does any more. */
    whoHolds: Effect.fn("Identity.whoHolds")(function* (token: string) {
      const session = hash(token)
      const known = cached.get(session)
      if (known && known.expiresAt > now()) return known.actor
      const [found] = yield* run<{ id: UserId; name: string; expires_at: string }>(
        `select p.id, p.name, s.expires_at from session s join profile p on p.id = s.user_id
         where s.token_hash = $1 and s.expires_at > $2::bigint`,
        [session, now()],
      )
      if (found === undefined) return undefined
      const actor: Actor = { id: found.id, name: found.name, session }
      people.learn(actor)
      cached.set(session, { actor, expiresAt: Math.min(Number(found.expires_at), now() + 60_000) })
      if (cached.size > 50_000) cached.delete(cached.keys().next().value!)
      return actor
    }),

    /** Ends a session; its name is free when it was the last one. */
    signOut: Effect.fn("Identity.signOut")(function* (session: string) {
      cached.delete(session)
      yield* run("delete from session where token_hash = $1", [session])
      for (const heard of ended) heard(session)
    }),

    /** Tells when a session of this node has ended. Returns how to stop. */
    onEnded: (heard: (session: string) => void) => {
      ended.add(heard)
      return () => void ended.delete(heard)
    },

    /** Lets an old client, which has no session, speak under a name that nobody signed in holds; until `leave` is called. */
    speakAs: (wanted: string) => {
      const name = Names.canonical(wanted)
      const speak = Effect.gen(function* () {
        if (Names.isReserved(name)) return yield* reject({ _tag: "NameReserved", name })
        const held = yield* holder(Names.key(name))
        const mayShare = held?.kind === "old-client" && held.name === name
        if (held?.live && !mayShare) return yield* refuseTaken(name)
        const user = mayShare ? { id: held.id, name } : yield* claim(name, "old-client").pipe(refuseIfTaken(name))
        people.learn(user)
        oldClients.set(user.id, (oldClients.get(user.id) ?? 0) + 1)
        const actor: Actor = { ...user, session: null }
        return { actor, leave: () => forget(user.id) }
      })
      return inTurn(name, speak)
    },
  }
}

export type Identity = ReturnType<typeof makeIdentity>

const hash = (token: string): string => createHash("sha256").update(token).digest("base64url")
