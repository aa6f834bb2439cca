import { randomUUID } from "node:crypto"
import { readFile } from "node:fs/promises"
import { setTimeout as pause } from "node:timers/promises"
import type { Receipt } from "@roomlog/schemas"
import { tell } from "./ask.ts"
import { assemble, type Cast } from "./cast.ts"
import { Reader } from "./crowd.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodesOn } from "./nodes.ts"
import { percentile, type Row, wrong } from "./row.ts"

/** 16 kB: a paused socket must fill up, and its machine's network takes 4 MB before that. */
const text = "😀".repeat(3_900)
/** How many messages are sent in a run: half as much again as fills a socket. */
const messages = 420
/** By the design: of resident memory, in MiB. */
const mostGrowth = 64

/** F9: some of a room's readers stop reading. They are closed, memory stays, and the others do not notice. */
export const slowReaders: Fault = {
  id: "F9",
  title: "paused sockets among normal ones (1 : 10)",
  figures: { first: 4, long: 50 },
  perRound: 50,
  seconds: 240,
  round: async (round: Round): Promise<Row> => {
    const seconds = round.isLong ? 60 : 8
    const url = await (await round.postgres()).freshDatabase()
    const [node] = await startNodesOn(round, url, 1)
    const cast = await assemble([node!.url], { people: 10, rooms: 1 })
    const sit = async (count: number): Promise<ReadonlyArray<Reader>> => {
      const place = (i: number) => ({ url: node!.url, token: cast.people[i % 10]!.token, room: cast.rooms[0]! })
      const readers = Array.from({ length: count }, (_, i) => new Reader(place(i)))
      for (const reader of readers) round.ending.defer(() => reader.close())
      await Promise.all(readers.map((reader) => reader.live))
      return readers
    }
    const [normal, slow] = [await sit(round.count * 10), await sit(round.count)]
    const talk = (): Promise<ReadonlyArray<number>> => talking(node!.url, cast, normal, seconds)
    const usual = await talk()
    const before = await memory(node!.pid!)
    for (const reader of slow) reader.pause()
    let peak = before
    const watching = setInterval(async () => {
      peak = Math.max(peak, await memory(node!.pid!).catch(() => 0))
    }, 250)
    const disturbed = await talk()
    clearInterval(watching)
    const dropped = await drops(node!.url, slow.length)
    // Only who reads again hears that it was closed.
    for (const reader of slow) reader.wake()
    const codes = await Promise.all(slow.map((reader) => Promise.race([reader.closed, pause(10_000, 0)])))
    felt(
      codes.some((code) => code !== 0),
      "no paused socket was ever full: nothing was closed",
    )
    const growth = (peak - before) / 2 ** 20
    const [p99, was] = [percentile(disturbed, 99), percentile(usual, 99)]
    const left = codes.filter((code) => code === 0).length
    const problems = [...normal.flatMap((reader) => reader.problems), ...slow.flatMap((reader) => reader.problems)]
    return {
      done: {
        "dropped as slow": dropped,
        paused: slow.length,
        normal: normal.length,
        closed: codes.length - left,
        messages: disturbed.length / normal.length,
      },
      verdict: {
        ...wrong(
          ...problems.slice(0, 5),
          ...(left > 0 ? [`${left} paused sockets were not closed`] : []),
          ...(growth > mostGrowth ? [`memory grew by ${Math.round(growth)} MiB`] : []),
        ),
        acknowledged: disturbed.length / normal.length,
      },
      recovered: [],
      note: `memory +${Math.round(growth)} MiB; p99 of the others ${p99.toFixed(1)} ms, before ${was.toFixed(1)} ms (${(p99 / was).toFixed(2)})`,
    }
  },
}

/** Talks for a while; the milliseconds from each sending until each reader was told. */
const talking = async (
  url: string,
  { people, rooms }: Cast,
  readers: ReadonlyArray<Reader>,
  seconds: number,
): Promise<ReadonlyArray<number>> => {
  const sent = new Map<number, number>()
  const delays: number[] = []
  const early: Array<readonly [seq: number, at: number]> = []
  for (const reader of readers) reader.told = (seq) => void early.push([seq, performance.now()])
  const { token } = people[0]!
  for (let n = 0; n < messages; n++) {
    const due = pause((seconds * 1_000) / messages)
    const at = performance.now()
    const words = { room: rooms[0]!, message: randomUUID(), text: `${n} ${text}`, images: [], replyTo: null }
    const { seq } = await tell<Receipt>({ url, token }, "message.post", { ...words, commandId: randomUUID() })
    sent.set(seq, at)
    await due
  }
  const last = Math.max(...sent.keys())
  while (readers.some((reader) => reader.last < last)) await pause(10)
  for (const [seq, at] of early) delays.push(at - (sent.get(seq) ?? at))
  return delays
}

/** Waits until the node has given up so many as too slow, and gives how many those were. */
const drops = async (url: string, wanted: number): Promise<number> => {
  for (const end = performance.now() + 15_000; ; await pause(100)) {
    const metrics = await fetch(`${url}/metrics`).then((answer) => answer.text())
    const count = Number(/^roomlog_feed_slow_drops_total (\d+)/m.exec(metrics)?.[1] ?? 0)
    if (count >= wanted || performance.now() > end) return count
  }
}

/** Resident memory of a process, in bytes. */
const memory = async (pid: number): Promise<number> => {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? []
  return Number(kilobytes) * 1_024
}
