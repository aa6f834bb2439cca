import { type Checkpoint, checkInvariants, checkpoints, type Query } from "@roomlog/log"
import { partsOf } from "../database.ts"
import type { Examination, Finding } from "./doctor.ts"
import { count } from "./lines.ts"

/** Partitions, and whether heads and counts agree. */
export const logFindings: Examination = async ({ query }, config) => {
  const wrong: Array<Finding> = (await checkInvariants(query)).map(({ invariant, message }) => ({
    is: "wrong",
    text: `${message} (${invariant}): stop all nodes, keep a copy of the database, and restore the newest backup`,
  }))
  const [meta] = await query<{ readonly parts: number; readonly epoch: string }>("select parts, epoch from log_meta")
  if (meta === undefined) return [...wrong, { is: "note", text: "no node has started yet" }]
  const heads = await headsOf(query)
  const wanted = partsOf(config)
  if (heads.length !== meta.parts)
    wrong.push({ is: "wrong", text: `${heads.length} heads for ${meta.parts} partitions: restore the newest backup` })
  if (wanted !== undefined && wanted !== meta.parts)
    wrong.push({ is: "wrong", text: `DATABASE_PARTITIONS is ${wanted}, but there are ${meta.parts}: leave it empty` })
  if (wrong.length > 0) return wrong
  const events = heads.reduce((sum, { pos }) => sum + pos, 0)
  const text = `${count(events)} events in ${meta.parts} ${meta.parts === 1 ? "partition" : "partitions"}, life ${meta.epoch}: heads and counts agree`
  return [{ is: "well", text }]
}

/** How far projections are behind, and which of them stand still. */
export const projectionFindings: Examination = async ({ query }) => {
  const heads = new Map((await headsOf(query)).map(({ part, pos }) => [part, pos]))
  const all = Map.groupBy(await checkpoints(query), ({ name, version }) => `${name} ${version}`)
  if (all.size === 0) return [{ is: "well", text: "none follows the log" }]
  return [...all].flatMap(([name, parts]) => projection(name, parts, heads))
}

const projection = (name: string, parts: ReadonlyArray<Checkpoint>, heads: ReadonlyMap<number, number>) => {
  const behind = parts.reduce((sum, { part, pos }) => sum + Math.max((heads.get(part) ?? 0) - pos, 0), 0)
  const stuck = parts.filter(({ poisonPos }) => poisonPos !== null)
  return stuck.length === 0
    ? [{ is: behind === 0 ? "well" : "note", text: `${name} is ${count(behind)} events behind` } satisfies Finding]
    : stuck.map(
        ({ part, poisonPos, poisonError }): Finding => ({
          is: "wrong",
          text: `${name} stands still before event ${poisonPos} of partition ${part} (${poisonError}): mend that, then run \`roomlog projection retry ${parts[0]!.name}\``,
        }),
      )
}

const headsOf = (query: Query) =>
  query<{ readonly part: number; readonly pos: number }>("select part, pos from log_head order by part")
