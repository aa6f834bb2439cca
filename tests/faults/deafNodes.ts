import { setTimeout as pause } from "node:timers/promises"
import { startNats, whyNoNats } from "@roomlog/log/testing"
import { startTcpProxy } from "../cluster/tcpProxy.ts"
import { lookingInto } from "./database.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodes } from "./nodes.ts"
import { percentile, type Row } from "./row.ts"
import { Stage } from "./stage.ts"

/** F7: for ten seconds no node hears another one by NOTIFY. Everything is told all the same, by asking. */
export const deafNodes: Fault = {
  id: "F7",
  title: "all wake-ups between 3 nodes lost for 10 s",
  figures: { first: 1, long: 10 },
  perRound: 2,
  seconds: 120,
  promised: 1_000,
  round: async (round) => {
    const url = await (await round.postgres()).freshDatabase()
    const { hostname, port } = new URL(url)
    const proxy = await startTcpProxy({ host: hostname, port: Number(port) })
    round.ending.defer(() => proxy.close())
    // Two addresses look like a pooler, which needs the role to bring its own time-outs.
    await lookingInto(url, async (query) => {
      for (const limit of ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
        await query(`alter role current_user set ${limit} = '5s'`)
    })
    const settings = { DATABASE_URL: url, DATABASE_LISTEN_URL: proxy.url(url) }
    return deafened(round, url, [settings, settings, settings], {
      harm: () => proxy.blackHole(true),
      heal: () => proxy.heal(),
      isFelt: () => proxy.counts().held.toTarget + proxy.counts().held.toClient > 0,
    })
  },
}

/** The same with NATS between the nodes, which freezes, and dies and comes back. */
export const deafToNats: Fault = {
  id: "F7n",
  title: "NATS between 3 nodes frozen for 10 s, then killed and back",
  figures: { first: 1, long: 10 },
  perRound: 2,
  seconds: 120,
  promised: 1_000,
  impossible: whyNoNats,
  round: async (round) => {
    const url = await (await round.postgres()).freshDatabase()
    const nats = await startNats()
    round.ending.defer(() => nats.kill())
    const settings = { DATABASE_URL: url, NATS_URL: nats.url }
    return deafened(round, url, [settings, settings, settings], {
      harm: () => process.kill(nats.pid(), "SIGSTOP"),
      heal: async () => {
        process.kill(nats.pid(), "SIGCONT")
        await nats.restart()
      },
      isFelt: () => true,
    })
  },
}

interface Harm {
  readonly harm: () => void
  readonly heal: () => void | Promise<void>
  readonly isFelt: () => boolean
}

const deafened = async (
  round: Round,
  url: string,
  settings: Parameters<typeof startNodes>[1],
  { harm, heal, isFelt }: Harm,
): Promise<Row> => {
  const nodes = await startNodes(round, settings)
  const writing = nodes[0]!.url
  const told = new Map<string, number>()
  const stage = await Stage.open(round, {
    urls: nodes.map((node) => node.url),
    // A node that writes reads what others wrote before it: these would hear by writing.
    writeTo: [writing],
    writers: 24,
    subscribers: 12,
    // Who hears from the node that wrote it needs no wake-up.
    told: ({ command }, node) => void (node !== writing && told.set(command, performance.now())),
  })
  const spans: Array<readonly [from: number, to: number]> = []
  for (let n = 0; n < round.count; n++) {
    await stage.writers.more(200)
    const from = performance.now()
    harm()
    await pause(round.isLong ? 10_000 : 5_000)
    felt(isFelt(), "nothing was swallowed")
    spans.push([from, performance.now()])
    await heal()
    await stage.writers.more(200)
  }
  const verdict = await stage.finish(url)
  const isDuring = (at: number) => spans.some(([from, to]) => at > from && at < to)
  const delays = (during: boolean): ReadonlyArray<number> =>
    stage.writers.acknowledged
      .filter(({ ackedAt, command }) => told.has(command) && isDuring(ackedAt) === during)
      .map(({ ackedAt, command }) => told.get(command)! - ackedAt)
  const [usual, deaf] = [delays(false), delays(true)]
  felt(percentile(deaf, 50) > 2 * Math.max(5, percentile(usual, 50)), "events came as fast as ever")
  return {
    done: { "times deaf": round.count },
    verdict,
    recovered: deaf,
    note: `told after ${Math.round(percentile(deaf, 50))} ms while deaf, ${Math.round(percentile(usual, 50))} ms otherwise (medians)`,
  }
}
