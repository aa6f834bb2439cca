import type { Query } from "@roomlog/log"
import { type RoomEvent, type RoomId, type UserId, upcast } from "@roomlog/schemas"

/** An event as it stands in the log: where, by which command, and what happened. */
export interface InLog extends RoomEvent {
  readonly command: string
  readonly index: number
  readonly actor: string
}

/** The whole log, partition by partition in order of position. */
export const eventsOf = async (query: Query): Promise<ReadonlyArray<InLog>> => {
  const events: InLog[] = []
  for (let [part, pos] = [-1, 0]; ; ) {
    const page = await query<Row>(
      `select part, pos, stream_id, seq, type, ver, actor_id, command_id, cmd_idx, subject_id, at, body from event
       where (part, pos) > ($1::smallint, $2::bigint) order by part, pos limit 5000`,
      [part, pos],
    )
    for (const row of page) events.push(inLog(row))
    const last = page.at(-1)
    if (last === undefined) return events
    ;[part, pos] = [last.part, last.pos]
  }
}

interface Row {
  readonly part: number
  readonly pos: number
  readonly stream_id: string
  readonly seq: number
  readonly type: string
  readonly ver: number
  readonly actor_id: string
  readonly command_id: string
  readonly cmd_idx: number
  readonly subject_id: string | null
  readonly at: number
  readonly body: Record<string, unknown>
}

const inLog = (row: Row): InLog => ({
  room: row.stream_id as RoomId,
  seq: row.seq,
  at: row.at,
  by: row.actor_id as UserId,
  event: upcast(row.type, row.ver, row.body, row.subject_id),
  command: row.command_id,
  index: row.cmd_idx,
  actor: row.actor_id,
})
