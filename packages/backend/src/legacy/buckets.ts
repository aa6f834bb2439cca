/** Seqs of a room that are counted together. */
export const bucketSize = 1_024

/** Lines of a room by the buckets of their seqs, from the oldest. A bucket without lines may be missing at the end. */
export type Buckets = ReadonlyArray<number>

export const bucketOf = (seq: number): number => Math.floor(seq / bucketSize)

export const countOf = (buckets: Buckets): number => buckets.reduce((sum, lines) => sum + lines, 0)

/** The bucket that holds the line so many lines before the newest, and how many of the bucket's own lines are newer; undefined past the oldest. */
export const bucketAt = (
  buckets: Buckets,
  offset: number,
): { readonly bucket: number; readonly skip: number } | undefined => {
  let skip = offset
  for (let bucket = buckets.length - 1; bucket >= 0; bucket--) {
    const lines = buckets[bucket]!
    if (skip < lines) return { bucket, skip }
    skip -= lines
  }
  return undefined
}

/** The same with some buckets counted anew. */
export const recounted = (buckets: Buckets, counts: ReadonlyMap<number, number>): Buckets =>
  Array.from(
    { length: Math.max(buckets.length, 1 + Math.max(-1, ...counts.keys())) },
    (_, bucket) => counts.get(bucket) ?? buckets[bucket] ?? 0,
  )
