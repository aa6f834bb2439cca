import fc from "fast-check"
import { expect, test } from "vitest"
import { markAt, numberOf } from "./mark.ts"

test("a mark survives as a number, also through JSON, and marks stand in the order of what was heard", () => {
  const marks = fc.record({ seq: fc.nat(2 ** 40), lines: fc.nat(10) })
  fc.assert(
    fc.property(marks, marks, (one, other) => {
      expect(markAt(JSON.parse(JSON.stringify(numberOf(one))))).toEqual(one)
      const order = one.seq - other.seq || one.lines - other.lines
      expect(Math.sign(numberOf(one) - numberOf(other))).toBe(Math.sign(order))
    }),
  )
})
