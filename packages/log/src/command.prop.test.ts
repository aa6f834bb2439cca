import fc from "fast-check"
import { expect, test } from "vitest"
import { canonical } from "./command.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)

/** Field names as commands have them: not numbers, which objects put in an order of their own. */
const name = fc.string().filter((text) => !/^\d+$/.test(text) && text !== "__proto__")
const { content } = fc.letrec<{ content: unknown }>((tie) => ({
  content: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, undefined),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: "binary" }),
    fc.array(tie("content")),
    fc.dictionary(name, tie("content")),
  ),
}))

/** What was kept of commands is the hash of this text. */
const kept = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? "null"

test(`a command has the text that it always had, in whatever order its fields come (SEED=${seed})`, () => {
  fc.assert(
    fc.property(content, (value) => {
      expect(canonical(value)).toBe(kept(value))
    }),
    { seed, numRuns: 1_000 },
  )
})
