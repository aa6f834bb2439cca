import type { DatabaseError } from "@roomlog/log"
import type { RoomId } from "@roomlog/schemas"
import { Effect, Semaphore } from "effect"
import type { Sql } from "../sql.ts"
import { type Buckets, bucketOf, bucketSize, recounted } from "./buckets.ts"

/** Buckets that are remembered over all rooms: about 8 bytes and a thousand events each. */
const mostRemembered = 200_000
/** Buckets that one statement counts: PGlite stands still for each. */
const countedAtOnce = 16
/** Events since the last count after which everything is counted again. */
const mostBehind = 20_000

interface Counted {
  /** Everything up to this seq is in the buckets; something later may be. */
  readonly head: number
  readonly buckets: Buckets
}

/**
 * How many lines a room has, by buckets of its seqs. The first question counts the whole room; later ones look at the
 * events since, and count only the buckets again that those changed. Memory is the only place they are kept.
 */
export const makeCounts = (run: Sql) => {
  const remembered = new Map<RoomId, Counted>()
  const turns = new Map<RoomId, { readonly semaphore: Semaphore.Semaphore; waiting: number }>()
  let weight = 0

  const remember = (room: RoomId, counted: Counted): void => {
    forget(room)
    remembered.set(room, counted)
    weight += counted.buckets.length
    for (const oldest of remembered.keys()) if (weight > mostRemembered && oldest !== room) forget(oldest)
  }
  const forget = (room: RoomId): void => {
    weight -= remembered.get(room)?.buckets.length ?? 0
    remembered.delete(room)
  }

  /** Counts the buckets from `first` to `last`. */
  const counting = Effect.fnUntraced(function* (room: RoomId, first: number, last: number) {
    const counts = new Map<number, number>()
    for (let from = first; from <= last; from += countedAtOnce) {
      const upTo = Math.min(from + countedAtOnce - 1, last)
      const found = yield* run<{ bucket: number; lines: number }>(linesByBucket, [room, from, upTo])
      for (const { bucket, lines } of found) counts.set(bucket, lines)
    }
    return counts
  })

  const count = Effect.fnUntraced(function* (room: RoomId) {
    const [stream] = yield* run<{ seq: string }>("select seq from stream where stream_id = $1::uuid", [room])
    const head = Number(stream?.seq ?? 0)
    const known = remembered.get(room)
    if (known?.head === head) return known.buckets
    const isNear = known !== undefined && known.head < head && head - known.head <= mostBehind
    const { head: upTo, buckets } = isNear ? known : { head: 0, buckets: [] }
    const changed = isNear ? yield* run<{ bucket: number }>(changedBuckets, [room, upTo, head]) : []
    const counts = yield* counting(room, bucketOf(upTo + 1), bucketOf(head))
    for (const { bucket } of changed)
      if (!counts.has(bucket)) for (const one of yield* counting(room, bucket, bucket)) counts.set(...one)
    const counted: Counted = { head, buckets: recounted(buckets, counts) }
    remember(room, counted)
    return counted.buckets
  })

  /** Lines of a room as they are when this is asked, or later. One question at a time for each room. */
  return (room: RoomId): Effect.Effect<Buckets, DatabaseError> => {
    const turn = turns.get(room) ?? { semaphore: Semaphore.makeUnsafe(1), waiting: 0 }
    turns.set(room, turn)
    turn.waiting += 1
    const leave = Effect.sync(() => {
      turn.waiting -= 1
      if (turn.waiting === 0) turns.delete(room)
    })
    return turn.semaphore.withPermit(count(room)).pipe(Effect.ensuring(leave))
  }
}

/** A message that stands, and how many lines it has: its text if there is any, and each image. */
export const isStanding = "id is not null and view->'removed' = 'null'::jsonb"
export const lineCount = "(view->>'text' <> '')::int + coalesce(jsonb_array_length(view->'images'), 0)"

/** A look into the index for each bucket: grouping would sort the messages, with all that they say, on disk. */
const linesByBucket = `
select bucket, (
  select coalesce(sum(${lineCount}), 0)::int from item
  where room = $1::uuid and seq >= bucket::bigint * ${bucketSize} and seq < (bucket::bigint + 1) * ${bucketSize} and ${isStanding}
) as lines from generate_series($2::int, $3::int) as bucket`

/** Where messages stand that were changed after they were posted. */
const changedBuckets = `
select distinct (posted.seq / ${bucketSize})::int as bucket from event e
cross join lateral (
  select p.seq from event p where p.stream_id = e.stream_id and p.subject_id = e.subject_id order by p.seq limit 1
) as posted
where e.stream_id = $1::uuid and e.seq > $2::bigint and e.seq <= $3::bigint and e.subject_id is not null
  and e.type not in ('MessagePosted', 'Reacted', 'Unreacted')`
