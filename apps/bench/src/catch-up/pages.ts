import postgres from "postgres"
import { begun, type Return, type Returned } from "./words.ts"

// The limit: the reads alone. The same pages of the same events, on as many connections as the server reads with, and
// nobody to give them to.

const { url, rooms, warm, missed, page, connections } = JSON.parse(process.argv[2]!) as Return
const sql = postgres(url, { max: connections })
await Promise.all(warm.map(readAll))

const began = performance.now()
await Promise.all(rooms.map(readAll))
const returned: Returned = { took: performance.now() - began }
await sql.end()
process.send!(returned, () => process.exit(0))

async function readAll(room: string): Promise<void> {
  let last = begun
  while (last < begun + missed) {
    const events = await sql<Array<{ seq: string }>>`
      select part, pos, stream_id, seq, type, ver, actor_id, command_id, cmd_idx, subject_id, at, body from event
      where stream_id = ${room} and seq > ${last} order by seq limit ${page}`
    if (events.length === 0) throw new Error(`${room} has nothing after ${last}`)
    last = Number(events.at(-1)!.seq)
  }
}
