import type { UserId } from "@roomlog/schemas"
import { Effect } from "effect"
import { run as promised } from "../edge.ts"
import { oneAtATime } from "../oneAtATime.ts"
import type { Lease } from "../presence/lease.ts"
import type { Sql } from "../sql.ts"

/** Milliseconds in which names that old clients left gather. */
const pause = 50

/**
 * Names that old clients of this node hold while they are there. Rows that hang on the node's lease say so to the other
 * nodes; they are gone with it. `turn` counts how often a profile's name was taken up, so that nobody frees what
 * somebody else has just taken up. A node alone keeps all this in memory.
 */
export const makeHolds = (run: Sql, lease: Lease) => {
  const held = new Map<UserId, { connections: number; turn: number }>()
  const left = new Map<UserId, number>()
  let timer: NodeJS.Timeout | undefined

  const giveBack = oneAtATime(async () => {
    timer = undefined
    const gone = [...left]
    if (gone.length === 0) return
    await promised(run(givingUp, [lease.node, gone.map(([user]) => user), gone.map(([, turn]) => turn)]))
    for (const [user, turn] of gone) if (left.get(user) === turn) left.delete(user)
  })
  const giveBackSoon = () => {
    timer ??= setTimeout(() => void giveBack().catch(theNextSweepWillDo), pause).unref()
  }

  const takeUp = (users: ReadonlyArray<UserId>) =>
    lease.hang(run<{ id: UserId; turn: string }>(takingUp, [lease.node, users]))

  /** After others gave this node up for dead: takes up again what nobody else has taken since. */
  const takeUpAgain = async () => {
    for (const { id, turn } of await promised(takeUp([...held.keys()]))) {
      const mine = held.get(id)
      if (mine) mine.turn = Number(turn)
      else left.set(id, Number(turn))
    }
  }

  const stop = lease.onSweep(({ isFresh }) => {
    if (isFresh && held.size > 0) void takeUpAgain().catch(theNextSweepWillDo)
    if (left.size > 0) giveBackSoon()
  })

  return {
    has: (user: UserId): boolean => held.has(user),

    /** Takes up the name of a profile for one more connection here; false when the profile does not have it any more. */
    take: Effect.fnUntraced(function* (user: UserId) {
      const mine = held.get(user)
      if (mine) mine.connections += 1
      if (mine) return true
      if (!lease.isShared) return Boolean(held.set(user, { connections: 1, turn: 0 }))
      const [taken] = yield* takeUp([user])
      if (taken) held.set(user, { connections: 1, turn: Number(taken.turn) })
      return taken !== undefined
    }),

    /** One connection less; with the last one the name is free. */
    leave: (user: UserId): void => {
      const mine = held.get(user)
      if (mine === undefined) return
      mine.connections -= 1
      if (mine.connections > 0) return
      held.delete(user)
      if (!lease.isShared) return
      left.set(user, mine.turn)
      giveBackSoon()
    },

    stop: (): void => {
      clearTimeout(timer)
      stop()
    },
  }
}

const takingUp = `
with taken as (
  update profile set turn = turn + 1 where id = any($2::uuid[]) and holds_name returning id, turn
), held as (
  insert into name_hold (user_id, node, turn) select id, $1::uuid, turn from taken
  on conflict (user_id, node) do update set turn = excluded.turn
)
select id, turn from taken`

const givingUp = `
delete from name_hold h using unnest($2::uuid[], $3::bigint[]) as gone (user_id, turn)
where h.node = $1::uuid and h.user_id = gone.user_id and h.turn <= gone.turn`

const theNextSweepWillDo = (): void => undefined
