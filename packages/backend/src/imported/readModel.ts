import { Names } from "@roomlog/domain"
import type { DatabaseError, Query } from "@roomlog/log"
import type { MessageId, RoomId, UserId, Visibility } from "@roomlog/schemas"
import { Effect } from "effect"
import { sql } from "../sql.ts"
import { takenOver } from "./ids.ts"

/** Somebody who spoke elsewhere, as they are shown here. */
export interface Newcomer {
  readonly id: UserId
  readonly name: string
  /** Whether old clients may go on under this name, if nobody holds it. */
  readonly mayHold: boolean
  /** When they were first heard. */
  readonly at: number
}

/** A room as it stands here. */
export interface RoomHere {
  readonly id: RoomId
  readonly name: string
  readonly visibility: Visibility
}

/** What an import asks of the read models, and the rows of its own that it makes. */
export const makeImported = (query: Query) => {
  const run = sql(query)
  return {
    /** Those of the messages that are here already, removed ones too, and where. */
    messages: (ids: ReadonlyArray<MessageId>) =>
      run<{ readonly id: MessageId; readonly room: RoomId }>(
        `select asked.id, found.room from unnest($1::uuid[]) as asked (id)
         cross join lateral (select room from item where id = asked.id limit 1) as found`,
        [ids],
      ),

    /** Rooms that have one of these ids or names. */
    rooms: (ids: ReadonlyArray<RoomId>, names: ReadonlyArray<string>) =>
      run<RoomHere>("select id, name, visibility from room where id = any($1::uuid[]) or name = any($2::text[])", [
        ids,
        names,
      ]),

    /** Who is in these rooms of those who were taken over. */
    members: (rooms: ReadonlyArray<RoomId>) =>
      run<{ readonly room: RoomId; readonly user: UserId }>(
        `select room, user_id as "user" from member
         where room = any($1::uuid[]) and role is not null and ${takenOver("user_id")}`,
        [rooms],
      ),

    /** Those of the people who have a profile here. */
    people: (ids: ReadonlyArray<UserId>) =>
      run<{ readonly id: UserId }>("select id from profile where id = any($1::uuid[])", [ids]),

    /** Makes profiles of old clients; whoever signs in may take such a name, as from any old client that is gone. */
    welcome: (newcomers: ReadonlyArray<Newcomer>): Effect.Effect<void, DatabaseError> => {
      const keys = newcomers.map(({ name }) => Names.key(name))
      const wanted = newcomers.map(({ mayHold }, i) => (mayHold ? keys[i] : undefined))
      return run(welcoming, [
        newcomers.map(({ id }) => id),
        newcomers.map(({ name }) => name),
        keys,
        wanted.map((key, i) => key !== undefined && wanted.indexOf(key) === i),
        newcomers.map(({ at }) => at),
      ]).pipe(Effect.retry({ times: 3, while: ({ code }) => code === "23505" }), Effect.asVoid)
    },

    /**
     * Moves marks past what was taken over: who came with it has read it all, everybody else up to the first message
     * that is news to them.
     */
    markRead: (rooms: ReadonlyArray<RoomId>) => run(marking, [rooms]).pipe(Effect.asVoid),
  }
}

export type Imported = ReturnType<typeof makeImported>

const welcoming = `
insert into profile (id, name, name_key, kind, holds_name, created_at)
select id, name, name_key, 'old-client',
  first and not exists (select 1 from profile p where p.name_key = given.name_key and p.holds_name), at
from unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::bigint[]) as given (id, name, name_key, first, at)
on conflict (id) do nothing`

const marking = `
insert into read_marker (user_id, room, seq)
select m.user_id, m.room, coalesce(news.seq - 1, s.seq)
from member m join stream s on s.stream_id = m.room
left join read_marker k on k.room = m.room and k.user_id = m.user_id
left join lateral (
  select i.seq from item i
  where not ${takenOver("m.user_id")} and i.room = m.room and i.seq > coalesce(k.seq, 0)
    and i.id is not null and i.author <> m.user_id and not ${takenOver("i.id")}
  order by i.seq limit 1
) news on true
where m.room = any($1::uuid[]) and m.role is not null
on conflict (user_id, room) do update set seq = greatest(read_marker.seq, excluded.seq)`
