import { randomUUID } from "node:crypto"
import { isExpectedVersionConflictError } from "@event-driven-io/emmett"
import { getPostgreSQLEventStore } from "@event-driven-io/emmett-postgresql"
import postgres from "postgres"
import type { Figures } from "../bench.ts"
import type { Slice } from "../slices.ts"
import { closedLoop, nothingLost, streamsOf, words } from "./loop.ts"
import type { Writing } from "./writer.ts"

/**
 * Emmett's event store on Postgres, as its documentation shows it: who comes second in a room tries again. It writes
 * the events alone, without a read model.
 */
export const emmett = async ({ url }: Writing, slices: AsyncIterable<Slice>): Promise<Figures> => {
  if (url === undefined) throw new Error("Emmett needs a Postgres")
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  try {
    const written = await closedLoop(slices, streamsOf(), async (stream) => {
      const event = { type: "Posted", data: { message: randomUUID(), text: words } }
      while (!(await unlessSecond(store.appendToStream(stream, [event])))) {}
    })
    nothingLost(written.acknowledged, await stored(url))
    return written.figures()
  } finally {
    await store.close()
  }
}

/** Whether it was done; false when somebody else was first. */
const unlessSecond = async (appended: Promise<unknown>): Promise<boolean> => {
  try {
    await appended
    return true
  } catch (cause) {
    if (isExpectedVersionConflictError(cause)) return false
    throw cause
  }
}

const stored = async (url: string): Promise<number> => {
  const sql = postgres(url, { max: 1 })
  const [found] = await sql<[{ n: number }]>`select count(*)::int as n from emt_messages`
  await sql.end()
  return found.n
}
