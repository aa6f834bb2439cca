import { join } from "node:path"
import { type Driver, openPglite, openPostgres } from "@roomlog/log"
import { Effect } from "effect"
import { madeRoom, signedIn } from "./api.ts"
import { type Home, startAt } from "./roomlog.ts"

/** Somebody's session, and the rooms that were made with it. */
export interface Seeded {
  readonly token: string
  readonly rooms: ReadonlyArray<string>
}

/** Makes rooms with so many texts each. What their heads stand at afterwards is two more: a room's making comes first. */
export const seed = async (home: Home, rooms: number, texts: number): Promise<Seeded> => {
  const seeded = await makeRooms(home, rooms)
  const step = Math.max(1, Math.floor(100_000 / rooms))
  await atHome(home, async ({ script }) => {
    for (let after = 0; after < texts; after += step) await script(said(after, Math.min(step, texts - after)))
    await script("analyze")
  })
  return seeded
}

/** Starts a server to make rooms that only have their beginning, and stops it. */
export const makeRooms = async (home: Home, count: number): Promise<Seeded> => {
  const server = await startAt(home)
  try {
    const token = await signedIn(server.url, "Ann")
    const rooms: Array<string> = []
    while (rooms.length < count) {
      const some = Array.from({ length: Math.min(25, count - rooms.length) }, (_, i) =>
        madeRoom(server.url, `room-${rooms.length + i}`, token),
      )
      rooms.push(...(await Promise.all(some)))
    }
    return { token, rooms }
  } finally {
    await server.stop()
  }
}

/** Does something with the database at home while no server runs there. Nothing has a time-out. */
export const atHome = <A>({ databaseUrl, folder }: Home, work: (driver: Driver) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(
        databaseUrl === undefined
          ? openPglite({ folder: join(folder, "db") })
          : openPostgres({ url: databaseUrl, statementTimeout: 0, silence: 3_600_000 }),
        (driver) => Effect.promise(() => work(driver)),
      ),
    ),
  )

/** A message's id, time and text by its number `n` in the room `of`: ids follow time, as clients make them. */
export const numbered = (of: string): string => `lateral (select
  (lpad(to_hex(1700000000000 + n * 1000::bigint), 12, '0') || '7' || substr(md5(${of}::text || n), 1, 3) || '8' || substr(md5(${of}::text || n), 4, 15))::uuid as message,
  1700000000000 + n * 1000::bigint as at,
  'Text ' || n || ': what somebody says to everybody in a room, about as long as one or two lines of it are.' as text) as words`

/** Rows of `item` as posting makes them, from the events. */
export const itemsOfEvents = `select stream_id as room, seq, subject_id as id, actor_id as author, at, jsonb_build_object('_tag', 'Message',
  'room', stream_id, 'id', subject_id, 'seq', seq, 'at', at, 'by', actor_id, 'text', body -> 'text', 'images', body -> 'images',
  'replyTo', body -> 'replyTo', 'editedAt', null, 'removed', null, 'reactions', '[]'::jsonb, 'revision', seq) as view
  from event where type = 'MessagePosted'`

/** How many events stand in a room before its first text. */
const beginning = 2

/** Writes what posting so many texts in every room would have written: events, history and heads. */
const said = (after: number, count: number): string => `
insert into event (part, pos, stream_id, seq, type, ver, actor_id, command_id, cmd_idx, subject_id, at, fingerprint, body)
select s.part, h.pos + row_number() over (partition by s.part order by n, s.stream_id), s.stream_id, ${beginning} + n, 'MessagePosted', 1,
  first.actor_id, md5(s.stream_id::text || '/' || n)::uuid, 0, message, words.at, sha256(text::bytea),
  jsonb_build_object('message', message, 'text', text, 'images', '[]'::jsonb, 'replyTo', null)
from stream s join log_head h using (part) join event first on first.stream_id = s.stream_id and first.seq = 1
  cross join generate_series(${after + 1}, ${after + count}) as n cross join ${numbered("s.stream_id")};
insert into item (room, seq, id, author, at, view) ${itemsOfEvents} and seq > ${beginning + after};
update stream set seq = seq + ${count};
update log_head set pos = pos + ${count} * (select count(*) from stream where stream.part = log_head.part)`
