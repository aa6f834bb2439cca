import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { connect, type OpenRoom, type RoomState } from "@roomlog/client"
import type { TestPostgres } from "@roomlog/log/testing"
import type { RoomId, TimelineItem } from "@roomlog/schemas"
import postgres from "postgres"
import { until } from "../live.ts"
import { check } from "./check.ts"
import { lookingInto } from "./database.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodesOn } from "./nodes.ts"
import { both, type Row, type Verdict, wrong } from "./row.ts"
import { Stage } from "./stage.ts"
import { Writers } from "./writers.ts"

/** F16: a backup is restored that is older than what people saw; they must end up with what the server has. */
export const restoredBackup: Fault = {
  id: "F16",
  title: "an older backup restored under connected clients",
  figures: { first: 1, long: 20 },
  perRound: 1,
  seconds: 180,
  round: async (round: Round): Promise<Row> => {
    const server = await round.postgres()
    const url = await server.freshDatabase()
    const nodes = await startNodesOn(round, url, 2)
    const urls = nodes.map((node) => node.url)
    const stage = await Stage.open(round, { urls, writers: 24, rooms: 4, subscribers: 4, thinking: 50 })
    const readers = await Promise.all(stage.cast.rooms.map((room, i) => reading(round, urls[i % urls.length]!, room)))
    await stage.writers.more(100 + round.random.below(200))
    await stage.writers.stop()
    await backUp(server, url)
    const forgotten = await writing(round, stage, urls)
    await Promise.all(readers.map((reader) => heard(reader, forgotten)))
    await Promise.all(nodes.map((node) => node.kill()))
    await restore(server, url)
    await Promise.all(nodes.map((node) => node.start()))
    const kept = await writing(round, stage, urls)

    const acknowledged = [...stage.cast.acknowledged, ...stage.writers.acknowledged, ...kept.acknowledged]
    const verdict = await lookingInto(url, (query) =>
      check(query, { acknowledged, subscribers: stage.subscribers, within: 15_000, mayReset: true }),
    )
    const resets = stage.subscribers.map((one) => one.resets)
    felt(forgotten.acknowledged.length > 0, "nothing was forgotten")
    const problems = resets.flatMap((count, i) =>
      count === 1 ? [] : [`subscriber ${i} was told ${count} times that history was rewound`],
    )
    const converged = await Promise.all(readers.map((reader) => compared(reader, kept, url)))
    return {
      done: { restores: 1, "events forgotten": forgotten.acknowledged.length, resets: resets.reduce((a, b) => a + b) },
      verdict: [verdict, wrong(...problems, ...stage.writers.problems, ...kept.problems), ...converged].reduce(both),
      recovered: [],
      note: "",
    }
  },
}

/** A real client with a room open. */
const reading = async ({ ending }: Round, url: string, room: string): Promise<OpenRoom> => {
  const client = connect({ url, retryDelay: () => 50 })
  ending.defer(() => client.close())
  await client.signIn(`Reader of ${room.slice(0, 8)}`)
  const open = client.open(room as RoomId)
  await open.ready
  return open
}

/** The same people write some more. */
const writing = async ({ random, ending }: Round, { cast: { people } }: Stage, urls: ReadonlyArray<string>) => {
  const writers = new Writers({ urls, people, random: random.split(), thinking: 50, patience: 2_000 })
  ending.defer(() => writers.giveUp())
  await writers.more(150)
  await writers.stop()
  return writers
}

const heard = ({ room, state }: OpenRoom, { acknowledged }: Writers): Promise<RoomState> => {
  const newest = Math.max(0, ...acknowledged.filter((one) => one.room === room).map(({ seq }) => seq))
  return until(state, ({ upTo }) => upTo >= newest)
}

const backupOf = (url: string): string => `${nameOf(url)}_backup`
const nameOf = (url: string): string => new URL(url).pathname.slice(1)

/** Copies the database while its nodes run: they lose their connections for a moment. */
const backUp = (server: TestPostgres, url: string): Promise<void> =>
  asAdmin(server, async (sql) => {
    await sql(`alter database ${nameOf(url)} with allow_connections false`)
    await server.cutConnections(url)
    await sql(`create database ${backupOf(url)} template ${nameOf(url)}`)
    await sql(`alter database ${nameOf(url)} with allow_connections true`)
  })

/** Puts the copy in the database's place, as an operator does who has an older backup, and says so to Roomlog. */
const restore = async (server: TestPostgres, url: string): Promise<void> => {
  await asAdmin(server, async (sql) => {
    await sql(`drop database ${nameOf(url)} with (force)`)
    await sql(`alter database ${backupOf(url)} rename to ${nameOf(url)}`)
  })
  // Backups are old: the nodes that ran when it was made were long gone.
  await lookingInto(url, (query) => query("update node set seen_at = seen_at - interval '1 day'"))
  const main = join(import.meta.dirname, "../../apps/server/src/main.ts")
  await promisify(execFile)(process.execPath, [main, "restored"], { env: { ...process.env, DATABASE_URL: url } })
}

const asAdmin = async (
  { url }: TestPostgres,
  work: (sql: (text: string) => Promise<unknown>) => Promise<void>,
): Promise<void> => {
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  try {
    await work((text) => sql.unsafe(text))
  } finally {
    await sql.end()
  }
}

/** What a client shows in the end is what the server has. */
const compared = async (reader: OpenRoom, kept: Writers, url: string): Promise<Verdict> => {
  const { items } = await heard(reader, kept)
  const [first, last] = [items[0]?.seq ?? 0, items.at(-1)?.seq ?? 0]
  const stored = await lookingInto(url, (query) =>
    query<{ readonly view: TimelineItem }>(
      "select view from item where room = $1::uuid and seq between $2::bigint and $3::bigint order by seq",
      [reader.room, first, last],
    ),
  )
  const same = JSON.stringify(items.map(lineOf)) === JSON.stringify(stored.map(({ view }) => lineOf(view)))
  return wrong(...(same ? [] : [`a client of room ${reader.room} shows something else than the server has`]))
}

const lineOf = (item: TimelineItem): ReadonlyArray<unknown> =>
  item._tag === "Message" ? [item.seq, item.id, item.text, item.revision, item.reactions.length] : [item.seq, item.at]
