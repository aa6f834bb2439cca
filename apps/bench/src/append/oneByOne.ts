import { randomUUID } from "node:crypto"
import type { Figures } from "../bench.ts"
import type { Slice } from "../slices.ts"
import { closedLoop, nothingLost, streamsOf, withDatabase, words } from "./loop.ts"
import { messageTable } from "./tables.ts"
import type { Writing } from "./writer.ts"

/** What one writes without a log: a statement for each text, on 8 connections, with the same rows and the same unique indexes. */
export const oneByOne = (writing: Writing, slices: AsyncIterable<Slice>): Promise<Figures> =>
  withDatabase(writing, async (driver) => {
    await driver.script(`${messageTable.sql};${tables}`)
    const lanes = new Lanes(driver.engine === "pglite" ? 1 : 8)
    const written = await closedLoop(slices, streamsOf(), (stream) => {
      const message = randomUUID()
      const body = JSON.stringify({ message, text: words })
      return lanes.take(() => driver.query(statement, [stream, randomUUID(), randomUUID(), message, Date.now(), body]))
    })
    const [found] = await driver.query<{ readonly n: number }>("select count(*)::int as n from event")
    nothingLost(written.acknowledged, found!.n)
    return written.figures()
  })

const tables = `
  create table stream (stream_id uuid primary key, seq bigint not null) with (fillfactor = 70);
  create table event (id bigserial primary key, stream_id uuid not null, seq bigint not null, type text not null, ver smallint not null,
    actor_id uuid not null, command_id uuid not null, subject_id uuid, at bigint not null, body jsonb not null);
  create unique index on event (stream_id, seq);
  create unique index on event (command_id, actor_id);
  create index on event (stream_id, subject_id, seq)`

const statement = `with placed as (
    insert into stream (stream_id, seq) values ($1::uuid, 1) on conflict (stream_id) do update set seq = stream.seq + 1 returning seq
  ), posted as (
    insert into event (stream_id, seq, type, ver, actor_id, command_id, subject_id, at, body)
    select $1::uuid, seq, 'Posted', 1, $2::uuid, $3::uuid, $4::uuid, $5::bigint, $6::text::jsonb from placed
  )
  insert into message (room, seq, view) select $1::uuid, seq, $6::text::jsonb from placed`

/** So many at a time, the others in the order in which they came. */
class Lanes {
  #free: number
  readonly #waiting: Array<() => void> = []

  constructor(count: number) {
    this.#free = count
  }

  async take(work: () => Promise<unknown>): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((go) => this.#waiting.push(go))
    await work()
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
