import { createHash } from "node:crypto"
import { type Carrier, Recent } from "@roomlog/log"
import type { UserId } from "@roomlog/schemas"
import { Effect, Schema } from "effect"
import { run as promised } from "../edge.ts"
import { hearAs, inMessages } from "../gossip.ts"
import { oneAtATime } from "../oneAtATime.ts"
import type { Lease } from "../presence/lease.ts"
import type { Sql } from "../sql.ts"
import type { Actor } from "./identity.ts"
import type { People } from "./people.ts"

export interface SessionSources {
  readonly run: Sql
  readonly people: People
  readonly carrier: Carrier
  readonly lease: Lease
  readonly now: () => number
}

/**
 * Sessions and their ends. A session that ended on any node, or whose row somebody deleted, is over here as soon as it
 * is told, and where the message was lost, by the next sweep (3 s) that reaches the database: until then it may act.
 */
export const makeSessions = ({ run, people, carrier, lease, now }: SessionSources) => {
  const cached = new Recent<{ readonly actor: Actor; readonly expiresAt: number }>(50_000)
  const over = new Recent<true>(100_000)
  const hearers = new Set<(session: string) => void>()
  let readUpTo: string | undefined

  const end = (session: string): void => {
    if (over.get(session)) return
    over.set(session, true)
    cached.forget(session)
    for (const heard of hearers) heard(session)
  }

  const endEverywhere = (sessions: ReadonlyArray<string>): void => {
    for (const session of sessions) end(session)
    for (const ended of inMessages(sessions)) carrier.tell(topic.name, JSON.stringify(ended))
  }

  const check = oneAtATime(async () => {
    const found = await promised(run<{ token_hash: string | null; now: string }>(endsSince, [readUpTo ?? null]))
    for (const { token_hash } of found) if (token_hash !== null) end(token_hash)
    readUpTo = found[0]!.now
  })
  const checkNow = () => void check().catch(theNextSweepWillDo)
  const stops = lease.isShared
    ? [hearAs(carrier, topic, (ended) => ended.forEach(end)), carrier.onDoubt(checkNow), lease.onSweep(checkNow)]
    : []

  return {
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
      // It may have ended while its row was on the way.
      if (found === undefined || over.get(session)) return undefined
      const actor: Actor = { id: found.id, name: found.name, session }
      people.learn(actor)
      cached.set(session, { actor, expiresAt: Math.min(Number(found.expires_at), now() + 60_000) })
      return actor
    }),

    /** Ends a session; its name is free when it was the last one. */
    signOut: Effect.fn("Identity.signOut")(function* (session: string) {
      yield* run("delete from session where token_hash = $1", [session])
      endEverywhere([session])
    }),

    /** Ends every session of a person, and says how many there were. */
    endSessionsOf: Effect.fn("Identity.endSessionsOf")(function* (user: UserId) {
      const ended = yield* run<{ token_hash: string }>(
        "delete from session where user_id = $1::uuid returning token_hash",
        [user],
      )
      endEverywhere(ended.map(({ token_hash }) => token_hash))
      return ended.length
    }),

    /** Tells once when a session has ended, on whatever node. Returns how to stop. */
    onEnded: (heard: (session: string) => void) => {
      hearers.add(heard)
      return () => void hearers.delete(heard)
    },

    stop: (): void => {
      for (const stop of stops) stop()
    },
  }
}

/** What is stored of a token. */
export const hash = (token: string): string => createHash("sha256").update(token).digest("base64url")

/** Ends are noted by a trigger. Those of the last minute are read again, because a transaction may commit them late. */
const endsSince = `
with old as (delete from session_end where ended_at < now() - interval '1 day')
select e.token_hash, now()::text as now from (select 1) as once
left join session_end e on e.ended_at > coalesce($1::timestamptz, now()) - interval '1 minute'`

const topic = {
  name: "sessions",
  words: Schema.Array(Schema.String.check(Schema.isPattern(/^[\w-]{43}$/))),
}
const theNextSweepWillDo = (): void => undefined
