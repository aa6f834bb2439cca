import fc from "fast-check"
import { expect, test } from "vitest"
import { idOf, placeOf } from "./ids.ts"

const position = fc.record({ pos: fc.integer({ min: 1, max: 2 ** 41 - 1 }), part: fc.integer({ min: 0, max: 255 }) })
const line = fc.integer({ min: 0, max: 10 })

test("an id leads back to its line, and any script can hold it", () => {
  fc.assert(
    fc.property(position, line, (position, line) => {
      const id = idOf(position, line)
      expect(Number.isSafeInteger(id)).toBe(true)
      expect(placeOf(id)).toEqual({ ...position, line })
    }),
  )
})

test("newer lines of a room have larger ids, and no two lines have the same", () => {
  const place = fc.tuple(position, line)
  fc.assert(
    fc.property(place, place, ([a, i], [b, j]) => {
      if (a.part === b.part) expect(idOf(a, i) < idOf(b, j)).toBe(a.pos < b.pos || (a.pos === b.pos && i < j))
      expect(idOf(a, i) === idOf(b, j)).toBe(a.pos === b.pos && a.part === b.part && i === j)
    }),
  )
})
