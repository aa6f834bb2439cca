import { run } from "@roomlog/backend"
import { startPostgres } from "@roomlog/log/testing"
import type { OldHistory, OldPage } from "@roomlog/schemas"
import { startRoomlog } from "@roomlog/testing"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

/** Lines in the room, and of those that are made at once. */
const lines = 100_000
const chunk = 20_000

/** One connection reads, so that it can be told to say what it read. */
const settings = { LOG_LEVEL: "error", DATABASE_CONNECTIONS: "1" }

describe("a room of 100,000 lines is read by its pages, not as a whole", () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>
  let roomlog: Awaited<ReturnType<typeof startRoomlog>>
  beforeAll(async () => {
    postgres = await startPostgres({ autovacuum: "off" })
    roomlog = await startRoomlog({ databaseUrl: await postgres.freshDatabase(), settings })
    const ann = await roomlog.signedIn("Ann")
    const room = await ann.rooms.create({ name: "big" })
    for (let n = 0; n < lines; n += chunk) await sql(saying(room, n))
  }, 180_000)
  afterAll(async () => {
    await roomlog[Symbol.asyncDispose]()
    await postgres.stop("immediate")
  })

  const sql = <Row extends object>(text: string): Promise<ReadonlyArray<Row>> => run(roomlog.backend.run<Row>(text))
  const list = "/api/chat/big/messages/"
  const read = async (path: string): Promise<OldPage & OldHistory> =>
    (await (await fetch(roomlog.url + path)).json()) as OldPage & OldHistory
  /** Rows of events and items that were read so far, by index and otherwise. */
  const rowsRead = async (): Promise<number> => {
    await sql("select pg_stat_force_next_flush()")
    const [found] = await sql<{ n: number }>(
      `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int as n
       from pg_stat_user_tables where relname in ('item', 'event')`,
    )
    return found!.n
  }

  test("what follows the log has read it once, and reads no more", async () => {
    let last = -1
    await expect
      .poll(
        async () => {
          const [before, now] = [last, await rowsRead()]
          last = now
          return now - before
        },
        { interval: 1_500, timeout: 120_000 },
      )
      .toBeLessThan(100)
  })

  test("pages by number and by `before` are the same all the way, and the count is right", async () => {
    const { count, next } = await read(`${list}?page_size=100`)
    expect(count).toBe(lines)
    expect((await read(next!.slice(roomlog.url.length))).results).toEqual(
      (await read(`${list}?page=2&page_size=100`)).results,
    )
    const deep = await read(`${list}?page=700&page_size=100`)
    expect(deep.results[0]!.content).toBe(`line ${lines - 699 * 100}`)
    const last = await read(`${list}?page=last&page_size=100`)
    expect(last.results.map(({ content }) => content)).toEqual(Array.from({ length: 100 }, (_, i) => `line ${100 - i}`))
    expect(last.next).toBeNull()
    expect((await fetch(`${roomlog.url}${list}?page=1000000000`)).status).toBe(404)
  })

  test.each([
    ["the newest page", `${list}?page_size=20`, 200],
    ["a page by number in the middle", `${list}?page=2500&page_size=20`, 1_500],
    ["the last page", `${list}?page=last&page_size=20`, 1_500],
    ["a page far beyond", `${list}?page=1000000000&page_size=20`, 100],
    ["the history's newest page", "/chat/big/history/?page_size=20", 200],
    ["the history far beyond", "/chat/big/history/?page=1000000000", 100],
  ])("%s reads few rows, over and over", async (_, path, most) => {
    await read(path)
    const asked = 8
    const before = await rowsRead()
    for (let n = 0; n < asked; n++) await read(path)
    expect((await rowsRead()) - before).toBeLessThan(asked * most)
  })

  test("a page before a line reads few rows, also right after something was said and something removed", async () => {
    const { next } = await read(`${list}?page=2500&page_size=20`)
    const ann = await roomlog.signedIn("Ann of today")
    const { room } = await ann.rooms.enter("big")
    const hers = ann.open(room)
    await hers.ready
    const before = await rowsRead()
    const seq = await hers.post({ text: "newest" })
    expect((await read(next!.slice(roomlog.url.length))).count).toBe(lines + 1)
    const { items } = await ann.history({ room, limit: 1 })
    await hers.remove(items.flatMap((item) => (item._tag === "Message" && item.seq === seq ? [item.id] : []))[0]!)
    expect((await read(next!.slice(roomlog.url.length))).count).toBe(lines)
    expect((await rowsRead()) - before).toBeLessThan(20_000)
  })
})

/** Messages as they would stand there, without the work of saying them. */
const saying = (room: string, from: number): string => `
with said as materialized (
  select gen_random_uuid() as id, 'line ' || (${from} + n) as words, h.part, h.pos + n as pos, s.seq + n as seq, e.actor_id as by
  from stream s join event e on e.stream_id = s.stream_id and e.seq = 1 join log_head h on h.part = e.part,
    generate_series(1, ${chunk}) as n
  where s.stream_id = '${room}'
), events as (
  insert into event (part, pos, stream_id, seq, type, ver, actor_id, command_id, cmd_idx, subject_id, at, body)
  select part, pos, '${room}', seq, 'MessagePosted', 1, by, gen_random_uuid(), 0, id, 1735212345000,
    jsonb_build_object('message', id, 'text', words, 'images', '[]'::jsonb, 'replyTo', null) from said
), items as (
  insert into item (room, seq, id, author, at, view)
  select '${room}', seq, id, by, 1735212345000, jsonb_build_object('_tag', 'Message', 'room', '${room}', 'id', id,
    'seq', seq, 'at', 1735212345000, 'by', by, 'text', words, 'images', '[]'::jsonb, 'replyTo', null, 'editedAt', null,
    'removed', null, 'reactions', '[]'::jsonb, 'revision', seq) from said
), heads as (update log_head h set pos = h.pos + ${chunk} from event e where e.stream_id = '${room}' and e.seq = 1 and h.part = e.part)
update stream set seq = seq + ${chunk} where stream_id = '${room}'`
