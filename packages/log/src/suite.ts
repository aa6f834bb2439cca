import type { Effect, Scope } from "effect"
import { describe } from "vitest"
import type { Driver } from "./driver.ts"
import { storiesOn } from "./story.ts"
import { reading } from "./suite-reading.ts"
import { writing } from "./suite-writing.ts"

/** What every log promises, whatever database it stands on. `empty` gives an empty database. */
export const logSuite = (name: string, empty: Effect.Effect<Driver, unknown, Scope.Scope>): void => {
  describe(`a log on ${name}`, () => {
    const story = storiesOn(empty)
    writing(story)
    reading(story)
  })
}
