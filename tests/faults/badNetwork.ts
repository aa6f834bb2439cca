import { setTimeout as pause } from "node:timers/promises"
import { startTcpProxy, type TcpProxy } from "../cluster/tcpProxy.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodes } from "./nodes.ts"
import type { Random } from "./random.ts"
import type { Row } from "./row.ts"
import { Stage } from "./stage.ts"

/** F3: the network between the nodes and Postgres is cut, swallows everything, is slow, deaf on one side, or trickles. */
export const badNetwork: Fault = {
  id: "F3",
  title: "a bad network before Postgres",
  figures: { first: 20, long: 500 },
  perRound: 25,
  seconds: 600,
  promised: 2_000,
  round: async (round: Round): Promise<Row> => {
    const { random } = round
    const url = await (await round.postgres()).freshDatabase()
    const proxies = await Promise.all([0, 1].map(() => proxyBefore(url, round)))
    const nodes = await startNodes(
      round,
      proxies.map((proxy) => ({ DATABASE_URL: proxy.url(url) })),
    )
    const stage = await Stage.open(round, { urls: nodes.map((node) => node.url) })
    const done: Record<string, number> = {}
    const recovered: number[] = []
    const kinds = shuffled(Object.keys(harms), random)
    for (let n = 0; n < round.count; n++) {
      await stage.writers.more(1 + random.below(100))
      const name = kinds[n % kinds.length]!
      // One node alone, or all of them: then nobody can write until it is over.
      const met = random.below(2) === 0 ? proxies : [random.pick(proxies)]
      const before = met.map(felled)
      round.said(`${n}: ${name} before ${met.length} of ${nodes.length} nodes`)
      await harms[name]!(met, round)
      for (const proxy of met) proxy.heal()
      recovered.push(...(await stage.writers.recovered()))
      for (const [i, proxy] of met.entries()) felt(wasMet(name, before[i]!, felled(proxy)), `${name} met no connection`)
      done[name] = (done[name] ?? 0) + 1
    }
    return { done, verdict: await stage.finish(url), recovered, note: lateNote(recovered) }
  },
}

type Harm = (met: ReadonlyArray<TcpProxy>, round: Round) => Promise<void>

const harms: Readonly<Record<string, Harm>> = {
  cuts: async (met) => {
    for (const proxy of met) proxy.cut()
  },
  "black holes": async (met, { random, isLong }) => {
    for (const proxy of met) proxy.blackHole(true)
    await pause(800 + random.below(isLong ? 4_200 : 700))
  },
  "slow lines": async (met, { isLong }) => {
    for (const proxy of met) proxy.delay(200)
    await pause(isLong ? 3_000 : 700)
  },
  "half-open lines": async (met, { random, isLong }) => {
    for (const proxy of met) proxy.halfOpen(random.pick(["toTarget", "toClient"]))
    await pause(800 + random.below(isLong ? 4_200 : 700))
  },
  trickles: async (met, { isLong }) => {
    for (const proxy of met) proxy.trickle(1)
    await pause(isLong ? 2_000 : 500)
  },
}

const proxyBefore = async (url: string, { ending }: Round): Promise<TcpProxy> => {
  const { hostname: host, port } = new URL(url)
  const proxy = await startTcpProxy({ host, port: Number(port) })
  ending.defer(() => proxy.close())
  return proxy
}

interface Felled {
  readonly cut: number
  readonly held: number
  readonly passed: number
}

const felled = (proxy: TcpProxy): Felled => {
  const { cut, held, passed } = proxy.counts()
  return { cut, held: held.toClient + held.toTarget, passed: passed.toClient + passed.toTarget }
}

/** Whether a harm met somebody: connections ended, bytes had to wait, or bytes went the slow way. */
const wasMet = (name: string, before: Felled, after: Felled): boolean => {
  if (name === "cuts") return after.cut > before.cut
  if (name === "black holes" || name === "half-open lines") return after.held > before.held
  return after.passed > before.passed
}

const shuffled = <A>(list: ReadonlyArray<A>, random: Random): ReadonlyArray<A> =>
  list
    .map((one) => [random.next(), one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one)

const lateNote = (recovered: ReadonlyArray<number>): string => {
  const late = recovered.filter((ms) => ms > 2_000).length
  return late === 0 ? "" : `${late} of ${recovered.length} answers later than 2 s after healing`
}
