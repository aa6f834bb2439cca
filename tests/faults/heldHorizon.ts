import { randomUUID } from "node:crypto"
import postgres from "postgres"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodesOn } from "./nodes.ts"
import { percentile, type Row } from "./row.ts"
import { Stage } from "./stage.ts"

/** F6: a transaction that wrote stays open in another database, and a prepared one is forgotten in ours. */
export const heldHorizon: Fault = {
  id: "F6",
  title: "a long idle write transaction in another database, an orphaned prepared one",
  figures: { first: 2, long: 20 },
  perRound: 20,
  seconds: 600,
  round: async (round: Round): Promise<Row> => {
    const server = await round.postgres()
    const url = await server.freshDatabase()
    const elsewhere = await server.freshDatabase()
    const delays = { free: [] as number[], held: [] as number[] }
    let phase: keyof typeof delays = "free"
    const nodes = await startNodesOn(round, url, 2)
    const stage = await Stage.open(round, {
      urls: nodes.map((node) => node.url),
      thinking: 400,
      told: ({ at }) => delays[phase].push(Date.now() - at),
    })
    const each = round.isLong ? 2_000 : 400
    let passed = 0
    for (let n = 0; n < round.count; n++) {
      for (const list of Object.values(delays)) if (n === 0) list.length = 0
      phase = "free"
      await stage.writers.more(each)
      const horizon = await holding(url, elsewhere)
      phase = "held"
      await stage.writers.more(each)
      passed += await horizon.letGo()
    }
    felt(passed > 0, "the horizon did not stand still")
    const [free, held] = [percentile(delays.free, 99), percentile(delays.held, 99)]
    return {
      done: {
        "idle transactions": round.count,
        "prepared transactions": round.count,
        "transactions past them": passed,
      },
      verdict: await stage.finish(url),
      recovered: [],
      note: `live delay p99 ${held} ms held, ${free} ms free: ${(held / free).toFixed(2)}x`,
    }
  },
}

/** Holds Postgres's oldest transaction from outside; letting go says how many others had passed it meanwhile. */
const holding = async (url: string, elsewhere: string) => {
  const own = postgres(url, { max: 1, onnotice: () => undefined })
  const other = postgres(elsewhere, { max: 1, onnotice: () => undefined })
  const name = randomUUID()
  await other.unsafe("create table if not exists forgotten (at timestamptz)")
  await other.unsafe("begin; insert into forgotten values (now())").simple()
  await own
    .unsafe(
      `begin; create table if not exists prepared (at timestamptz); insert into prepared values (now()); prepare transaction '${name}'`,
    )
    .simple()
  const standing = async () => (await own.unsafe(horizon))[0] as unknown as { oldest: string; newest: string }
  const [held] = await other.unsafe<[{ xid: string }]>("select pg_current_xact_id()::text as xid")
  return {
    letGo: async (): Promise<number> => {
      const after = await standing()
      await own.unsafe(`rollback prepared '${name}'`)
      await other.unsafe("rollback")
      await Promise.all([own.end(), other.end()])
      return BigInt(after.oldest) <= BigInt(held.xid) ? Number(BigInt(after.newest) - BigInt(held.xid)) : 0
    },
  }
}

const horizon = `select pg_snapshot_xmin(pg_current_snapshot())::text as oldest, pg_snapshot_xmax(pg_current_snapshot())::text as newest`
