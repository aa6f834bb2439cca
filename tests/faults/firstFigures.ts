import { afterAll, describe, expect, test } from "vitest"
import { type Fault, Laboratory } from "./fault.ts"
import { clean, table } from "./row.ts"

const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)

/** Tests that do each fault as often as every test run does, and find that nothing was lost. */
export const firstFigures = (faults: ReadonlyArray<Fault>): void => {
  const laboratory = new Laboratory()
  afterAll(() => laboratory[Symbol.asyncDispose]())

  describe(`nothing acknowledged is lost, doubled, misplaced or kept from anybody (SEED=${seed})`, () => {
    for (const fault of faults) {
      const why = fault.impossible?.()
      const title = `${fault.id} ${fault.title}${why === undefined ? "" : ` (skipped: ${why})`}`
      test.skipIf(why !== undefined)(title, { timeout: 1_000 * (fault.seconds + 60) }, async () => {
        const row = await laboratory.run(fault, { seed, isLong: false })
        console.log(table([[fault.id, row]]))
        expect(row.verdict).toEqual({ ...clean, acknowledged: row.verdict.acknowledged })
        expect(row.verdict.acknowledged).toBeGreaterThan(0)
      })
    }
  })
}
