import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import { parseArgs } from "node:util"
import { checkInvariants, type Driver, openPostgres } from "@roomlog/log"
import { startPostgres } from "@roomlog/log/testing"
import type { MessageId, RoomId } from "@roomlog/schemas"
import { Effect } from "effect"
import { v7 } from "../../apps/server/src/ids.ts"
import { ask, type Node, newRoom, openNode, people } from "../../packages/backend/src/rebuild/testing.ts"

/**
 * F12, the long figure: a log of many events, writers on two nodes, and `roomlog rebuild --verify --switch` beside
 * them. Prints what writers waited in each partition and what the rebuild said. Exit code 1 when anything was lost or
 * different, or when a p99 is above 50 ms.
 */
const { values } = parseArgs({
  options: {
    events: { type: "string", default: "100000" },
    /** A database that has its events already. */
    url: { type: "string" },
    role: { type: "string", default: "all" },
    /** Milliseconds that each writer rests after a message. */
    rest: { type: "string", default: "50" },
  },
})

/** One message of a writer. */
interface Said {
  readonly part: number
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly waited: number
}

/** Without time-outs: the whole log is looked through. */
const withDriver = <A>(url: string, work: (driver: Driver) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openPostgres({ url, statementTimeout: 0, silence: 3_600_000 }), (driver) =>
        Effect.promise(() => work(driver)),
      ),
    ),
  )

const withNode = <A>(url: string, work: (node: Node) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openPostgres({ url }), (driver) =>
        Effect.flatMap(openNode(driver), (node) => Effect.promise(() => work(node))),
      ),
    ),
  )

const say = async (node: Node, room: RoomId, text: string): Promise<MessageId> => {
  const message = v7() as MessageId
  await ask(node, people[0]!, { _tag: "PostMessage", room, message, text, images: [], replyTo: null })
  return message
}

/** 160 rooms of talk: of 20 events 15 are messages, the others edits (one in 20 of something long past), reactions, removals. */
const seed = (url: string, events: number): Promise<void> =>
  withNode(url, async (node) => {
    let left = events
    const rooms = await Promise.all(Array.from({ length: 160 }, () => newRoom(node)))
    const lane = async (room: RoomId) => {
      const said: MessageId[] = []
      for (let n = 0; left-- > 0; n++) {
        const turn = n % 20
        const past = (back: number) => said.at(-Math.min(back, said.length))!
        const by = people[0]!
        if (turn === 8) await ask(node, by, { _tag: "EditMessage", room, message: past(2), text: `edited ${n}` })
        else if (turn === 12) await ask(node, by, { _tag: "React", room, message: past(1), emoji: "👍" })
        else if (turn === 15) await ask(node, by, { _tag: "React", room, message: past(3), emoji: "🎉" })
        else if (turn === 17) await ask(node, by, { _tag: "RemoveMessage", room, message: past(1) })
        else if (turn === 18) await ask(node, by, { _tag: "EditMessage", room, message: past(500), text: `late ${n}` })
        else said.push(await say(node, room, `Some words that somebody says to everybody in this room, ${n}`))
        if (said.length > 600) said.shift()
      }
    }
    await Promise.all(rooms.flatMap((room) => [lane(room), lane(room), lane(room), lane(room)]))
  })

/** Two writers for each partition; prints every message until standard input ends. */
const write = (url: string): Promise<void> =>
  withNode(url, async (node) => {
    let isOver = false
    process.stdin.resume().once("end", () => {
      isOver = true
    })
    const writer = async (part: number) => {
      let room = await newRoom(node)
      while (node.partOf(room) !== part) room = await newRoom(node)
      while (!isOver) {
        const began = performance.now()
        const id = await say(node, room, "said while everything is made anew")
        const said: Said = { part, id, at: Date.now(), waited: performance.now() - began }
        process.stdout.write(`${JSON.stringify(said)}\n`)
        await pause(Number(values.rest))
      }
    }
    await Promise.all(Array.from({ length: 2 * node.parts }, (_, i) => writer(i % node.parts)))
  })

const startWriters = (url: string, said: Array<Said>) => {
  const args = [import.meta.filename, "--role", "write", "--url", url, "--rest", values.rest]
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] })
  createInterface({ input: child.stdout }).on("line", (line) => said.push(JSON.parse(line) as Said))
  const closed = once(child, "close")
  return async () => {
    child.stdin.end()
    await closed
  }
}

const rebuildBeside = async (
  url: string,
): Promise<{ readonly code: number; readonly lines: ReadonlyArray<string> }> => {
  const main = new URL("../../apps/server/src/main.ts", import.meta.url).pathname
  const args = [main, "rebuild", "--verify", "--switch", "--database", url]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  const lines: Array<string> = []
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line))
  const [code] = (await once(child, "close")) as [number]
  return { code, lines }
}

const percentile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

/** What writers of a partition waited, in milliseconds. */
const waits = (said: ReadonlyArray<Said>) => {
  const sorted = said.map(({ waited }) => waited).sort((a, b) => a - b)
  return { count: sorted.length, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), max: sorted.at(-1) ?? 0 }
}

const row = (cells: ReadonlyArray<string | number>): string =>
  cells.map((cell) => (typeof cell === "number" ? cell.toFixed(cell % 1 ? 1 : 0) : cell).padStart(9)).join("")

const table = (before: ReadonlyArray<Said>, during: ReadonlyArray<Said>): { text: string; worst: number } => {
  const parts = [...new Set(during.map(({ part }) => part))].sort((a, b) => a - b)
  const lines = parts.map((part) => {
    const [b, d] = [before, during].map((said) => waits(said.filter((one) => one.part === part))) as [Waits, Waits]
    return { cells: [part, b.count, b.p50, b.p99, b.max, d.count, d.p50, d.p99, d.max], p99: d.p99 }
  })
  const head = row(["part", "before", "p50", "p99", "max", "during", "p50", "p99", "max"])
  const text = [head, ...lines.map(({ cells }) => row(cells))].join("\n")
  return { text, worst: Math.max(...lines.map(({ p99 }) => p99)) }
}

type Waits = ReturnType<typeof waits>

/** Messages that were acknowledged and are not in the history, and what the invariants say. */
const lostOf = (url: string, said: ReadonlyArray<Said>): Promise<readonly [lost: number, faults: number]> =>
  withDriver(url, async ({ query }) => {
    const found = await query("select id from item where id = any($1::uuid[])", [said.map(({ id }) => id)])
    return [said.length - found.length, (await checkInvariants(query)).length] as const
  })

const all = async (url: string): Promise<number> => {
  if (values.url === undefined) {
    const began = performance.now()
    await seed(url, Number(values.events))
    // What seeding left to be written is not what is measured.
    await withDriver(url, ({ query }) => query("checkpoint"))
    process.stdout.write(`${values.events} events seeded in ${((performance.now() - began) / 1_000).toFixed(1)} s\n`)
  }
  const said: Array<Said> = []
  const stops = [startWriters(url, said), startWriters(url, said)]
  while (said.length < 3_000) await pause(20)
  const began = Date.now()
  const { code, lines } = await rebuildBeside(url)
  const ended = Date.now()
  await Promise.all(stops.map((stop) => stop()))
  const during = said.filter(({ at }) => at >= began && at <= ended)
  const { text, worst } = table(
    said.filter(({ at }) => at < began),
    during,
  )
  const isDifferent = lines.some((line) => line.includes("DIFFERENT"))
  process.stdout.write(`${lines.join("\n")}\n\nWhat writers waited, in milliseconds\n${text}\n\n`)
  const [lost, faults] = await lostOf(url, said)
  process.stdout.write(
    `${during.length} messages during the rebuild, ${lost} of ${said.length} lost, ${faults} faults, worst p99 ${worst.toFixed(1)} ms\n`,
  )
  return code !== 0 || isDifferent || lost > 0 || faults > 0 || worst > 50 ? 1 : 0
}

if (values.role === "write") await write(values.url!)
else if (values.url !== undefined) process.exitCode = await all(values.url)
else {
  const postgres = await startPostgres({ shared_buffers: "256MB", max_wal_size: "4GB" })
  const url = await postgres.freshDatabase()
  process.exitCode = await all(url).finally(() => postgres.stop())
}
