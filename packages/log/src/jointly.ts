import { setImmediate as nextTurn } from "node:timers/promises"
import type { Query } from "./contract.ts"
import { DatabaseError } from "./contract.ts"
import { isConnectionLost } from "./driver.ts"
import type { Append, Appending } from "./statement.ts"

/** Appends to one partition; false means that somebody else was first. */
export type AppendOne = (appending: Appending) => Promise<boolean>

/** Somebody's appending, and how to tell what became of it. */
interface Waiting {
  readonly appending: Appending
  readonly done: (moved: boolean) => void
  readonly failed: (cause: unknown) => void
}

/**
 * Appends to several partitions in one statement: what is asked for while one is under way goes together into the next.
 * When that is much already, the next does not wait: so the database is never idle while this process judges.
 * A statement that the database refuses is carried out again for each partition alone, so that none suffers for another.
 */
export const jointly = (append: Append, query: Query): AppendOne => {
  let waiting: Array<Waiting> = []
  let workers = 0

  /** Whether one more may work, beside so many that do. */
  const isWork = (beside: number): boolean =>
    waiting.length > 0 && (beside === 0 || (beside === 1 && eventsOf(waiting) >= much))

  const carryOut = async (group: ReadonlyArray<Waiting>): Promise<void> => {
    try {
      const moved = await append(
        query,
        group.map(({ appending }) => appending),
      )
      for (const { appending, done } of group) done(moved.has(appending.part))
    } catch (cause) {
      if (group.length === 1 || isLost(cause)) for (const { failed } of group) failed(cause)
      else await Promise.all(group.map((one) => carryOut([one])))
    }
  }

  const work = async (): Promise<void> => {
    workers++
    while (isWork(workers - 1)) {
      const group = waiting
      waiting = []
      await carryOut(group)
      // Partitions that were in it judge their next ones now: without this turn half of them would miss each statement.
      if (group.length > 1) await nextTurn()
    }
    workers--
  }

  return (appending) =>
    new Promise((done, failed) => {
      waiting.push({ appending, done, failed })
      if (isWork(workers)) void work()
    })
}

/** Events that are worth a statement of their own: its fixed cost, 300 us of the database's time, is a tenth of theirs then. */
const much = 64

const eventsOf = (waiting: ReadonlyArray<Waiting>): number =>
  waiting.reduce((sum, { appending }) => sum + appending.events.length, 0)

const isLost = (cause: unknown): boolean => cause instanceof DatabaseError && isConnectionLost(cause)
