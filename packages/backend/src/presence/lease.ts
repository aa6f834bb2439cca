import type { DatabaseError } from "@roomlog/log"
import { Effect } from "effect"
import { run } from "../edge.ts"
import { oneAtATime } from "../oneAtATime.ts"
import { fromDatabase, type Sql } from "../sql.ts"
import { makePresenceRows, type OtherNode } from "./readModel.ts"

/** What a sweep found. */
export interface Sweep {
  /** The other nodes that live. */
  readonly others: ReadonlyArray<OtherNode>
  /** This node's row is new: whatever hung on an old one is gone. */
  readonly isFresh: boolean
  /** It has been there for long enough to say that a node without one is dead. */
  readonly isSettled: boolean
}

/** This node's place among the others. A node alone on its database has one too, which never touches the database. */
export interface Lease {
  /** Fresh for each start of a process. */
  readonly node: string
  readonly isShared: boolean
  /** Tells after each sweep, about every 3 s. Returns how to stop. */
  readonly onSweep: (swept: (sweep: Sweep) => void) => () => void
  /** Sweeps now. Fails when the database cannot be reached. */
  readonly sweep: () => Promise<void>
  /** Runs a statement whose rows hang on this node's, which is made first where it is missing. */
  readonly hang: <A>(statement: Effect.Effect<A, DatabaseError>) => Effect.Effect<A, DatabaseError>
  /** Gives the row back, and everything that hangs on it; takes 2 s at most. */
  readonly stop: () => Promise<void>
}

export interface LeaseOptions {
  readonly run: Sql
  readonly node: string
  /** Whether other nodes use the same database. */
  readonly shared: boolean
}

/**
 * Renews this node's row every 3 s by the database's clock. A node that has not done so for 10 s is given up for dead by
 * whoever sweeps next: what hangs on its row (people online, held names) is gone everywhere within 14 s of its death.
 */
export const makeLease = ({ run: sql, node, shared }: LeaseOptions): Lease => {
  if (!shared) return aloneWith(node)
  const rows = makePresenceRows(sql, node)
  const hearers = new Set<(sweep: Sweep) => void>()
  let hasEntered = false
  let isOver = false
  const sweep = oneAtATime(async () => {
    if (isOver) return
    const found = await run(rows.sweep())
    hasEntered = true
    for (const heard of hearers) heard(found)
  })
  const again = () => void sweep().catch(() => undefined)
  const timer = setInterval(again, every)
  timer.unref()
  again()
  return {
    node,
    isShared: true,
    onSweep: (heard) => {
      hearers.add(heard)
      return () => void hearers.delete(heard)
    },
    sweep,
    hang: (statement) => {
      const enter = fromDatabase(sweep)
      const again = Effect.andThen(enter, statement)
      if (!hasEntered) return again
      return Effect.catchIf(
        statement,
        ({ code }) => code === foreignKeyViolation,
        () => again,
      )
    },
    stop: async () => {
      isOver = true
      clearInterval(timer)
      const goodbye = Effect.andThen(Effect.ignore(fromDatabase(sweep)), rows.leave())
      await run(Effect.ignore(Effect.timeout(goodbye, "2 seconds")))
    },
  }
}

/** Milliseconds between two sweeps. */
const every = 3_000
const foreignKeyViolation = "23503"

const aloneWith = (node: string): Lease => ({
  node,
  isShared: false,
  onSweep: () => () => undefined,
  sweep: async () => undefined,
  hang: (statement) => statement,
  stop: async () => undefined,
})
