import { join } from "node:path"
import { check } from "./check.ts"
import { lookingIntoFolder } from "./database.ts"
import type { Round } from "./fault.ts"
import { type ServerProcess, startNodes } from "./nodes.ts"
import { both, type Verdict, wrong } from "./row.ts"
import type { Stage } from "./stage.ts"

/** One server on a database of its own, in a folder. */
export interface Embedded {
  readonly folder: string
  readonly node: ServerProcess
}

export const startEmbedded = async (round: Round, folder?: string): Promise<Embedded> => {
  const data = folder ?? (await round.folder())
  const [node] = await startNodes(round, [{ DATA_DIR: data }])
  return { folder: data, node: node! }
}

/** Ends the server in order and holds everything against what is in its folder. */
export const finishEmbedded = async (stage: Stage, { node, folder }: Embedded): Promise<Verdict> => {
  const { subscribers, writers, cast } = stage
  await writers.stop()
  await writers.repeat()
  const newest = Math.max(...writers.acknowledged.map(({ seq }) => seq))
  await Promise.all(subscribers.map((one) => one.reach(newestIn(one.room, stage) ?? newest, 15_000)))
  await Promise.all(subscribers.map((one) => one.stop()))
  const code = await node.stop()
  const acknowledged = [...cast.acknowledged, ...writers.acknowledged]
  const verdict = await lookingIntoFolder(join(folder, "db"), (query) =>
    check(query, { acknowledged, subscribers, within: 0 }),
  )
  return [verdict, wrong(...writers.problems), wrong(...(code === 0 ? [] : [`the server ended with ${code}`]))].reduce(
    both,
  )
}

const newestIn = (room: string, { writers }: Stage): number | undefined =>
  writers.acknowledged
    .filter((one) => one.room === room)
    .reduce<number | undefined>((most, { seq }) => Math.max(most ?? 0, seq), undefined)
