import { openPostgres, type Query } from "@roomlog/log"
import { startPgbouncer, startPostgres, whyNoPgbouncer } from "@roomlog/log/testing"
import { startRoomlog } from "@roomlog/testing"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"

/** Tables that grow with use; everything that is asked of them while people talk goes by an index. */
const growing = ["event", "stream", "item", "reaction", "member", "read_marker", "profile", "session", "media"]
/** Nobody sends an image here, and events are read back only by whoever was away for long. */
const rarelyRead = ["event", "media"]

const noPooler = whyNoPgbouncer()

describe("whatever people do, no growing table is read as a whole, also with statistics from when all were empty", () => {
  test("with plans that were made once", { timeout: 180_000 }, () => talkOver(async (url) => ({ url, settings: {} })))

  test.skipIf(noPooler !== undefined)(
    `with plans that are made each time, behind PgBouncer${noPooler ? ` (${noPooler})` : ""}`,
    { timeout: 180_000 },
    () =>
      talkOver(async (url) => {
        const pooler = await startPgbouncer(url, ["roomlog"])
        return { url: pooler.through(url), settings: { DATABASE_LISTEN_URL: url }, stop: pooler.stop }
      }),
  )
})

interface Way {
  readonly url: string
  readonly settings: Readonly<Record<string, string>>
  readonly stop?: () => Promise<void>
}

/** Lets people talk over a database that is full of others, and looks at how its tables were read. */
const talkOver = async (reach: (url: string) => Promise<Way>): Promise<void> => {
  const server = await startPostgres({ autovacuum: "off", ...timeouts })
  const direct = await server.freshDatabase()
  const settings = { SECRET: "the same secret for both starts of the server", LOG_LEVEL: "silent" }
  const first = await startRoomlog({ databaseUrl: direct, settings })
  await first[Symbol.asyncDispose]()
  await asked(direct, async (query) => {
    await query("analyze")
    for (const statement of others) await query(statement)
    await query("select pg_stat_reset()")
  })

  const way = await reach(direct)
  const roomlog = await startRoomlog({ databaseUrl: way.url, settings: { ...settings, ...way.settings } })
  await talk(roomlog)
  await roomlog[Symbol.asyncDispose]()
  // Postgres counts what a connection did when it ends.
  await way.stop?.()

  const read = await asked(direct, (query) =>
    query<{ readonly name: string; readonly wholly: number; readonly byIndex: number }>(
      `select relname as name, seq_scan as wholly, idx_scan as "byIndex"
       from pg_stat_user_tables where relname = any($1::text[]) order by relname`,
      [growing],
    ),
  )
  const none = growing.toSorted().map((name) => ({ name, wholly: 0 }))
  expect(read.map(({ name, wholly }) => ({ name, wholly }))).toEqual(none)
  for (const { name, byIndex } of read)
    if (!rarelyRead.includes(name)) expect(byIndex, `reads of ${name}`).toBeGreaterThan(10)
  await server.stop("immediate")
}

/** A pooler passes none on. */
const timeouts = { statement_timeout: "60s", lock_timeout: "60s", idle_in_transaction_session_timeout: "60s" }

/** What Ann and Bob do, each thing often enough for its prepared statement to get a plan for all cases. */
const talk = async (roomlog: Awaited<ReturnType<typeof startRoomlog>>): Promise<void> => {
  const ann = await roomlog.signedIn("Ann")
  const { room } = await ann.rooms.enter("harbour")
  const hers = ann.open(room)
  await hers.ready
  for (let n = 1; n <= 12; n++) {
    const bob = await roomlog.signedIn(`Bob ${n}`)
    await bob.rooms.enter("harbour")
    const his = bob.open(room)
    await his.ready
    const seq = await his.post({ text: `hello ${n}` })
    const { items } = await ann.history({ room, around: seq, limit: 20 })
    const [message] = items.flatMap((item) => (item._tag === "Message" && item.seq === seq ? [item.id] : []))
    await his.edit(message!, `hello, ${n}`)
    await hers.post({ text: `and hello to you, ${n}`, replyTo: message! })
    await hers.toggleReaction(message!, "👋")
    await hers.reactors(message!, "👋")
    await hers.markRead(seq)
    await ann.rooms.find("harbour")
    await ann.rooms.members(room)
    await ann.history({ room, limit: 20 })
    await ann.history({ room, before: seq, limit: 20 })
    await ann.history({ room, after: seq - 1, limit: 20 })
    await his.remove(message!)
    await bob.signOut()
  }
}

/** So much of others that reading it as a whole would be noticed: nothing of it is in the statistics. */
const many = 30_000
const others: ReadonlyArray<string> = [
  `insert into event (part, pos, stream_id, seq, type, ver, actor_id, command_id, cmd_idx, subject_id, at, body)
   select 100, n, gen_random_uuid(), 1, 'MessagePosted', 1, gen_random_uuid(), gen_random_uuid(), 0, gen_random_uuid(), 1, '{}'
   from generate_series(1, ${many}) as n`,
  `insert into stream (stream_id, part, seq) select stream_id, part, seq from event where part = 100`,
  `insert into item (room, seq, id, author, at, view)
   select stream_id, seq, subject_id, actor_id, at, '{}' from event where part = 100`,
  `insert into reaction (message, emoji, user_id, given)
   select subject_id, '👋', actor_id, true from event where part = 100`,
  `insert into member (room, user_id, role) select stream_id, actor_id, 'member' from event where part = 100`,
  `insert into read_marker (user_id, room, seq) select actor_id, stream_id, 1 from event where part = 100`,
  `insert into profile (id, name, name_key, kind, holds_name, created_at)
   select actor_id, 'Other ' || pos, 'other ' || pos, 'guest', true, 1 from event where part = 100`,
  `insert into session (token_hash, user_id, created_at, expires_at)
   select actor_id::text, actor_id, 1, 9e15 from event where part = 100`,
  `insert into media (key, room, owner, type, width, height, bytes, created_at)
   select actor_id::text, stream_id, actor_id, 'image/png', 1, 1, 1, 1 from event where part = 100`,
]

const asked = <A>(url: string, work: (query: Query) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openPostgres({ url, statementTimeout: 0, silence: 600_000 }), ({ query }) =>
        Effect.promise(() => work(query)),
      ),
    ),
  )
