import type { Figures } from "../bench.ts"
import { percentile } from "../stats.ts"
import type { Place, Reader } from "./readers.ts"

export const p50 = "p50, ms"
export const kinds = ["newest", "middle", "around a place"] as const
export type Kind = (typeof kinds)[number]

/** Which pages of which room are read, and how many. */
export interface Pages {
  readonly room: string
  readonly rows: number
  readonly kind: Kind
  readonly reads: number
  readonly seed: number
}

/** Reads pages one after the other, and throws when one is not full. */
export const paged = async (reader: Reader, { room, rows, kind, reads, seed }: Pages): Promise<Figures> => {
  const somewhere = places(rows, seed)
  const waits: Array<number> = []
  for (let n = -reads / 5; n < reads; n++) {
    const place = placeOf(kind, somewhere())
    const began = performance.now()
    const found = await reader.read(room, place)
    if (n >= 0) waits.push(performance.now() - began)
    if (found !== 50) throw new Error(`a page of ${found} rows came where 50 were due`)
  }
  return { [p50]: percentile(waits, 0.5), "p99, ms": percentile(waits, 0.99) }
}

const placeOf = (kind: Kind, seq: number): Place =>
  kind === "newest" ? {} : kind === "middle" ? { before: seq } : { around: seq }

/** Places anywhere in the inner half of a room, the same ones for the same seed. */
const places = (rows: number, seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(rows / 4 + (state / 2 ** 32) * (rows / 2))
  }
}
