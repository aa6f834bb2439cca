import type { Query } from "./contract.ts"

/** Something in the log that must never be. */
export interface Fault {
  /** As numbered in the log's design: I2 positions, I3 seqs, I6 checkpoints. */
  readonly invariant: "I2" | "I3" | "I6"
  readonly message: string
}

/** Looks through the whole log: positions and seqs without a gap, heads that agree, no checkpoint past the head. */
export const checkInvariants = async (query: Query): Promise<ReadonlyArray<Fault>> => {
  const faults = await Promise.all(
    Object.entries(wrong).map(async ([invariant, sql]) => {
      const rows = await query<{ readonly message: string }>(sql)
      return rows.map(({ message }) => ({ invariant: invariant as Fault["invariant"], message }))
    }),
  )
  return faults.flat()
}

/** Each finds the rows that break the invariant, at most a hundred. */
const wrong: Readonly<Record<Fault["invariant"], string>> = {
  I2: `select format('partition %s: head %s, %s events from %s to %s', part, head.pos, coalesce(n, 0), first, last) as message
    from log_head head full join (
      select part, count(*) as n, min(pos) as first, max(pos) as last from event group by part
    ) found using (part)
    where (coalesce(n, 0), coalesce(first, 1), coalesce(last, 0)) is distinct from (head.pos, 1, head.pos)
    limit 100`,
  I3: `select format('stream %s: head %s, %s events from %s to %s in %s partitions, %s out of order', stream_id, head.seq, n, first, last, parts, disordered) as message
    from stream head full join (
      select stream_id, count(*) as n, min(seq) as first, max(seq) as last, count(distinct part) as parts,
        count(*) filter (where pos < before) as disordered
      from (select *, lag(pos) over (partition by stream_id order by seq) as before from event) ordered
      group by stream_id
    ) found using (stream_id)
    where (n, first, last, parts, disordered) is distinct from (head.seq, 1, head.seq, 1, 0)
    limit 100`,
  I6: `select format('projection %s %s in partition %s: checkpoint %s, head %s', name, version, part, projection.pos, head.pos) as message
    from projection left join log_head head using (part)
    where head.pos is null or projection.pos > head.pos
    limit 100`,
}
