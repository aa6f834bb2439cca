import { lookingInto } from "./database.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodesOn } from "./nodes.ts"
import type { Row } from "./row.ts"
import { Stage } from "./stage.ts"

/** F2: a backend of Postgres is killed, which ends all of them; or Postgres goes down at once and comes back. */
export const killedDatabase: Fault = {
  id: "F2",
  title: "SIGKILL of a Postgres backend, immediate shutdown, crash",
  figures: { first: 5, long: 200 },
  perRound: 20,
  seconds: 300,
  round: async (round: Round): Promise<Row> => {
    const { random } = round
    const postgres = await round.postgres()
    const url = await postgres.freshDatabase()
    const nodes = await startNodesOn(round, url, 2)
    const stage = await Stage.open(round, { urls: nodes.map((node) => node.url) })
    const harms = [
      { name: "backends killed", harm: () => killBackend(url, random.next()) },
      { name: "immediate shutdowns", harm: () => postgres.restart("immediate") },
      { name: "Postgres crashes", harm: () => postgres.restart("crash") },
    ]
    const done: Record<string, number> = {}
    const recovered: number[] = []
    for (let n = 0; n < round.count; n++) {
      await stage.writers.more(1 + random.below(200))
      const before = await backends(url)
      const { name, harm } = harms[n % harms.length]!
      round.said(`${n}: ${name}`)
      await harm()
      recovered.push(...(await stage.writers.recovered()))
      const after = await backends(url)
      felt(before.length > 0 && before.every((pid) => !after.includes(pid)), "connections outlived their server")
      done[name] = (done[name] ?? 0) + 1
      done["connections lost"] = (done["connections lost"] ?? 0) + before.length
    }
    return { done, verdict: await stage.finish(url), recovered, note: "" }
  },
}

/** Postgres's processes that serve the nodes. */
const backends = (url: string): Promise<ReadonlyArray<number>> =>
  lookingInto(url, async (query) => {
    const rows = await query<{ readonly pid: number }>(
      "select pid from pg_stat_activity where datname = current_database() and application_name like 'roomlog%' and pid <> pg_backend_pid()",
    )
    return rows.map(({ pid }) => pid)
  })

const killBackend = async (url: string, chance: number): Promise<void> => {
  const pids = await backends(url)
  process.kill(pids[Math.floor(chance * pids.length)]!, "SIGKILL")
}
