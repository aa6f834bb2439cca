import fc from "fast-check"
import { expect, test } from "vitest"
import { bucketAt, countOf, recounted } from "./buckets.ts"

const buckets = fc.array(fc.nat({ max: 4 }), { maxLength: 12 })

test("every line is found in its bucket, counted from the newest, and none past the oldest", () => {
  fc.assert(
    fc.property(buckets, (buckets) => {
      const newestFirst = buckets.flatMap((lines, bucket) => Array<number>(lines).fill(bucket)).reverse()
      expect(countOf(buckets)).toBe(newestFirst.length)
      for (const [offset, bucket] of newestFirst.entries())
        expect(bucketAt(buckets, offset)).toEqual({ bucket, skip: offset - newestFirst.indexOf(bucket) })
      expect(bucketAt(buckets, newestFirst.length)).toBeUndefined()
    }),
  )
})

test("what is counted anew replaces what was known, and nothing else changes", () => {
  const counts = fc.array(fc.tuple(fc.nat({ max: 15 }), fc.nat({ max: 4 })), { maxLength: 5 })
  fc.assert(
    fc.property(buckets, counts, (buckets, counts) => {
      const anew = new Map(counts)
      const made = recounted(buckets, anew)
      for (let bucket = 0; bucket < 16; bucket++)
        expect(made[bucket] ?? 0).toBe(anew.get(bucket) ?? buckets[bucket] ?? 0)
    }),
  )
})
