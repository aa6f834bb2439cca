import type { Driver } from "@roomlog/log"
import { numbered } from "../systems/seed.ts"

/**
 * Fills one room's history up to so many rows, and moves its head there. Of the log itself nothing is written, as
 * history is not read from it: ten million events would only make this longer.
 */
export const fillHistory = async ({ script, query }: Driver, room: string, rows: number): Promise<void> => {
  // Half a million at a time, and no word in the write-ahead log: nothing here must survive.
  await script("alter table item set unlogged; drop index if exists item_message")
  for (let after = 2; after < rows; after += step) await script(texts(room, after, Math.min(step, rows - after)))
  await script(`
    create unique index if not exists item_message on item (id) where id is not null;
    update stream set seq = ${rows} where stream_id = '${room}'; analyze item`)
  const [found] = await query<{ n: number; seq: number }>(
    "select (select count(*)::int from item where room = $1::uuid) as n, seq from stream where stream_id = $1::uuid",
    [room],
  )
  if (found!.n !== rows || found!.seq !== rows) throw new Error(`${rows} rows were wanted: ${JSON.stringify(found)}`)
}

const step = 500_000

/** `n` is the place in the room, so that ids and times differ from one step to the next. */
const texts = (room: string, after: number, count: number): string => `
insert into item (room, seq, id, author, at, view)
select room.id, n, message, first.author, words.at, jsonb_build_object('_tag', 'Message', 'room', room.id, 'id', message,
  'seq', n, 'at', words.at, 'by', first.author, 'text', text, 'images', '[]'::jsonb, 'replyTo', null, 'editedAt', null,
  'removed', null, 'reactions', '[]'::jsonb, 'revision', n)
from room join item first on first.room = room.id and first.seq = 1
  cross join generate_series(${after + 1}, ${after + count}) as n cross join ${numbered("room.id")}
where room.id = '${room}'`
