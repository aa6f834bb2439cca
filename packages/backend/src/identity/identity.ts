import { createHash, randomBytes } from "node:crypto"
import { Names } from "@roomlog/domain"
import type { Profile, Session, UserId } from "@roomlog/schemas"
import { Effect } from "effect"
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

  const holder = (key: string) =>
    run<{ id: UserId; name: string; kind: "guest" | "old-client"; live: boolean }>(
      `select p.id, p.name, p.kind,
              exists (select 1 from session s where s.user_id = p.id and s.expires_at > $2::bigint) as live
       from profile p where p.name_key = $1 and p.holds_name`,
      [key, now()],
    ).pipe(Effect.map(([found]) => found && { ...found, live: found.live || oldClients.has(found.id) }))

  /** Makes a person who holds the name, taking it from whoever holds it and is gone. */
  const claim = Effect.fnUntraced(function* (name: string, kind: "guest" | "old-client") {
    const [made] = yield* run<Profile>(
      `with freed as (
         update profile set holds_name = false where name_key = $3 and holds_name
           and not exists (select 1 from session s where s.user_id = profile.id and s.expires_at > $5::bigint) returning 1
       ), waited as (select count(*) from freed)
       insert into profile (id, name, name_key, kind, holds_name, created_at)
       select $1::uuid, $2, $3, $4, true, $5::bigint from waited
       returning id, name`,
      [newId(), name, Names.key(name), kind, now()],
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

  const open = Effect.fnUntraced(function* (user: Profile) {
    const token = randomBytes(32).toString("base64url")
    yield* run("insert into session (token_hash, user_id, created_at, expires_at) values ($1, $2::uuid, $3, $4)", [
      hash(token),
      user.id,
      now(),
      now() + sessionLife,
    ])
    const session: Session = { user, token }
    return session
  })

  return {
    /** Gives a guest a free name and a session, or says who has the name and what is free. */
    signIn: Effect.fn("Identity.signIn")(function* (wanted: string) {
      const name = Names.canonical(wanted)
      if (Names.isReserved(name)) return yield* reject({ _tag: "NameReserved", name })
      const held = yield* holder(Names.key(name))
      if (held?.live) return yield* refuseTaken(name)
      const user = yield* claim(name, "guest").pipe(
        Effect.catchTag("DatabaseError", (error) => (error.code === "23505" ? refuseTaken(name) : Effect.fail(error))),
      )
      return yield* open(user)
    }),

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
    speakAs: Effect.fn("Identity.speakAs")(function* (wanted: string) {
      const name = Names.canonical(wanted)
      if (Names.isReserved(name)) return yield* reject({ _tag: "NameReserved", name })
      const held = yield* holder(Names.key(name))
      const mayShare = held?.kind === "old-client" && held.name === name
      if (held?.live && !mayShare) return yield* refuseTaken(name)
      const user = mayShare ? { id: held.id, name } : yield* claim(name, "old-client")
      people.learn(user)
      oldClients.set(user.id, (oldClients.get(user.id) ?? 0) + 1)
      const leave = (): void => {
        const left = (oldClients.get(user.id) ?? 1) - 1
        if (left > 0) oldClients.set(user.id, left)
        else oldClients.delete(user.id)
      }
      const actor: Actor = { ...user, session: null }
      return { actor, leave }
    }),
  }
}

export type Identity = ReturnType<typeof makeIdentity>

const hash = (token: string): string => createHash("sha256").update(token).digest("base64url")
