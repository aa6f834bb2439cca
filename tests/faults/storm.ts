import { startTcpProxy, type TcpProxy } from "../cluster/tcpProxy.ts"
import { Reader } from "./crowd.ts"
import { lookingInto } from "./database.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodesOn } from "./nodes.ts"
import { both, clean, type Row, type Verdict, wrong } from "./row.ts"
import { Stage } from "./stage.ts"
import { seqOf } from "./subscriber.ts"

/** Events behind their newest one that returning readers resume from, at most. */
const farthest = 300
/** Database connections of one node: readers, committers, the bell and its listener. */
const mostConnections = 12

/** F8: the network before every node drops all sockets at once, and all come back from random places. */
export const storm: Fault = {
  id: "F8",
  title: "sockets drop at once and resume from random places, 3 nodes",
  figures: { first: 400, long: 2_000 },
  perRound: 2_000,
  seconds: 180,
  promised: 5_000,
  round: async (round: Round): Promise<Row> => {
    const { count, random } = round
    const url = await (await round.postgres()).freshDatabase()
    const nodes = await startNodesOn(round, url)
    const stage = await Stage.open(round, { urls: nodes.map((node) => node.url), writers: 24, rooms: 12, thinking: 60 })
    await stage.writers.more(farthest * 2)
    const nets = await Promise.all(nodes.map((node) => net(round, node.url)))
    const sit = (i: number, from?: string): Reader => {
      const { token, room } = stage.cast.people[i % stage.cast.people.length]!
      const reader = new Reader({ url: nets[i % nets.length]!.url, token, room, ...(from ? { from } : {}) })
      round.ending.defer(() => reader.close())
      return reader
    }
    const before = await inSteps(count, 100, (i) => sit(i))

    const closed = before.map((reader) => reader.closed)
    const cut = nets.reduce((sum, { proxy }) => sum + proxy.cut(), 0)
    await Promise.all(closed)
    felt(cut >= count, `only ${cut} connections were cut`)
    const after = before.map(({ at }, i) => sit(i, back(at, random.below(farthest))))
    const recovered = await Promise.all(after.map((reader) => reader.live))
    const connections = await lookingInto(url, async (query) => {
      const [row] = await query<{ readonly n: number }>(
        "select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
      )
      return row!.n
    })
    const verdict = await stage.finish(url)
    const heads = new Map(stage.writers.acknowledged.map(({ room }) => [room, 0]))
    for (const { room, seq } of stage.writers.acknowledged) heads.set(room, Math.max(heads.get(room)!, seq))
    await until(() => after.every((reader) => reader.last >= (heads.get(reader.place.room) ?? 0)), 10_000)
    return {
      done: { "sockets cut": cut, resumes: recovered.length },
      verdict: [
        verdict,
        ...after.map((reader) => told(reader, heads.get(reader.place.room) ?? 0)),
        wrong(...(connections > nodes.length * mostConnections ? [`${connections} database connections`] : [])),
      ].reduce(both),
      recovered,
      note: `${connections} database connections`,
    }
  },
}

/** A network of its own before a node. */
const net = async (round: Round, url: string): Promise<{ readonly url: string; readonly proxy: TcpProxy }> => {
  const { hostname, port } = new URL(url)
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
  round.ending.defer(() => proxy.close())
  return { url: `http://127.0.0.1:${proxy.port}`, proxy }
}

/** Lets readers in by groups: they are not what is tried here. */
const inSteps = async (count: number, step: number, sit: (i: number) => Reader): Promise<ReadonlyArray<Reader>> => {
  const all: Reader[] = []
  while (all.length < count) {
    const group = Array.from({ length: Math.min(step, count - all.length) }, (_, i) => sit(all.length + i))
    await Promise.all(group.map((reader) => reader.live))
    all.push(...group)
  }
  return all
}

/** A resume token so many events before another one. */
const back = (token: string, events: number): string =>
  `${token.slice(0, token.indexOf("."))}.${Math.max(0, seqOf(token) - events)}`

/** I4 for a light reader: contiguous from its token, up to the newest event. */
const told = ({ problems, last }: Reader, head: number): Verdict =>
  both(
    { ...clean, gaps: problems.length, problems: problems.slice(0, 3) },
    { ...clean, gaps: last < head ? 1 : 0, problems: last < head ? [`a reader was told ${last} of ${head}`] : [] },
  )

const until = async (isSo: () => boolean, within: number): Promise<void> => {
  const end = performance.now() + within
  while (!isSo() && performance.now() < end) await new Promise((again) => setTimeout(again, 20))
}
