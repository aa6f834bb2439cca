import fc from "fast-check"
import { expect, test } from "vitest"
import { oneAtATime } from "./oneAtATime.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)

const microtasks = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await undefined
}

const few = fc.integer({ min: 0, max: 12 })
const someRuns = fc.array(fc.record({ takes: few, fails: fc.boolean() }), { minLength: 1, maxLength: 12 })
const someAskers = fc.array(few, { minLength: 1, maxLength: 12 })

test(`work is done one run at a time, and whoever asks hears of a run that began after they asked (SEED=${seed})`, () =>
  fc.assert(
    fc.asyncProperty(someRuns, someAskers, async (runs, askers) => {
      let begun = 0
      let running = 0
      const ask = oneAtATime(async () => {
        const run = begun++
        expect(++running).toBe(1)
        const { takes, fails } = runs[run % runs.length]!
        await microtasks(takes)
        running -= 1
        if (fails) throw new Error(`run ${run} failed`)
      })
      const asking = askers.map(async (after) => {
        await microtasks(after)
        const before = begun
        const failed = await ask().then(
          () => undefined,
          (cause: Error) => cause.message,
        )
        expect(begun).toBeGreaterThan(before)
        if (failed !== undefined) expect(Number(/^run (\d+) failed$/.exec(failed)?.[1])).toBeGreaterThanOrEqual(before)
      })
      await Promise.all(asking)
      expect(running).toBe(0)
    }),
    {
      seed,
      numRuns: 300,
      examples: [
        // Shrunk: who asked just when a run was over began a second one beside the next.
        [
          [
            { takes: 0, fails: false },
            { takes: 3, fails: false },
          ],
          [0, 2, 0],
        ],
      ],
    },
  ))
