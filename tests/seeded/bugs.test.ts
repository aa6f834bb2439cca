import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { bugs } from "./bugs.ts"

const root = join(import.meta.dirname, "../..")

test("there are at least ten seeded bugs", () => expect(bugs.length).toBeGreaterThanOrEqual(10))

test.each(bugs)("$name: can still be seeded", ({ file, good, bad, suites }) => {
  expect(readFileSync(join(root, file), "utf8").split(good)).toHaveLength(2)
  expect(bad).not.toBe(good)
  for (const suite of suites) expect(existsSync(join(root, suite)), suite).toBe(true)
})
