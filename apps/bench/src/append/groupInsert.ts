import { randomBytes, randomUUID } from "node:crypto"
import type { Driver } from "@roomlog/log"
import type { Figures } from "../bench.ts"
import type { Slice } from "../slices.ts"
import { nothingLost, streamsOf, Written, withDatabase, words, writers } from "./loop.ts"
import { makeTables, storedEvents } from "./tables.ts"
import type { Writing } from "./writer.ts"

/**
 * The limit of an append: the same rows in the same tables, in statements of as many rows as there are writers, by
 * nobody in particular. What is judged, asked, ordered or waited for is left out. A partition is written by one
 * connection, as it must be; of several, four are written at a time, as Roomlog does.
 */
export const groupInsert = (writing: Writing, slices: AsyncIterable<Slice>): Promise<Figures> =>
  withDatabase(writing, async (driver) => {
    await makeTables(driver, writing.parts)
    const lanes = driver.engine === "pglite" ? 1 : Math.min(writing.parts, 4)
    const size = writers / lanes
    const written = new Written()
    const groups = Array.from({ length: lanes }, (_, part) => new Group(part, size))
    const all = groups.map((group) => () => insert(driver, group.next()))
    for await (const slice of slices) await written.during(slice, all, size)
    nothingLost(written.acknowledged, await storedEvents(driver))
    return written.figures()
  })

interface Rows {
  readonly part: number
  readonly after: number
  readonly events: ReadonlyArray<readonly [stream: string, seq: number]>
}

/** One partition's rows, a group after the other. */
class Group {
  readonly #part: number
  readonly #size: number
  readonly #streams: ReadonlyArray<string>
  readonly #seqs = new Map<string, number>()
  #pos = 0

  constructor(part: number, size: number) {
    this.#part = part
    this.#size = size
    this.#streams = streamsOf()
  }

  next(): Rows {
    const after = this.#pos
    this.#pos += this.#size
    const events = Array.from({ length: this.#size }, (_, i) => {
      const stream = this.#streams[(after + i) % this.#streams.length]!
      const seq = (this.#seqs.get(stream) ?? 0) + 1
      this.#seqs.set(stream, seq)
      return [stream, seq] as const
    })
    return { part: this.#part, after, events }
  }
}

const statement = `with moved as (update log_head set pos = pos + $1 where part = $2),
heads as (insert into stream (stream_id, part, seq) select stream_id, $2::smallint, seq
  from unnest($3::uuid[], $4::bigint[]) as given(stream_id, seq)
  on conflict (stream_id) do update set seq = excluded.seq),
appended as (insert into event (part, pos, stream_id, seq, type, ver, actor_id, command_id, cmd_idx, subject_id, at, fingerprint, body)
  select $2::smallint, pos, stream_id, seq, 'Posted', 1, actor, command, 0, subject, $5::bigint, decode(fingerprint, 'base64'), body::jsonb
  from unnest($6::bigint[], $7::uuid[], $8::bigint[], $9::uuid[], $10::uuid[], $11::uuid[], $12::text[], $13::text[])
    as given(pos, stream_id, seq, actor, command, subject, fingerprint, body))
insert into message (room, seq, view) select room, seq, view::jsonb
  from unnest($7::uuid[], $8::bigint[], $13::text[]) as given(room, seq, view)`

const insert = async ({ committing }: Driver, { part, after, events }: Rows): Promise<void> => {
  const heads = [...new Map(events)]
  const messages = events.map(() => randomUUID())
  await committing.query(statement, [
    events.length,
    part,
    listed(heads.map(([stream]) => stream)),
    listed(heads.map(([, seq]) => seq)),
    Date.now(),
    listed(events.map((_, i) => after + i + 1)),
    listed(events.map(([stream]) => stream)),
    listed(events.map(([, seq]) => seq)),
    listed(events.map(() => randomUUID())),
    listed(events.map(() => randomUUID())),
    listed(messages),
    listed(events.map(() => randomBytes(32).toString("base64"))),
    messages.map((message) => JSON.stringify({ message, text: words })),
  ])
}

/** An array of what needs no quotes, as cheaply as Roomlog writes it. */
const listed = (values: ReadonlyArray<string | number>): string => `{${values.join(",")}}`
