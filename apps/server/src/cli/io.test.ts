import { expect, test } from "vitest"
import { barText } from "./io.ts"

test("a bar says how far it is, in any state", () => {
  expect(barText("rebuild history", 410_000, 1_000_000)).toBe(
    "rebuild history [############..................]  41 %  410,000 of 1,000,000",
  )
  expect(barText("examine", 0, 4)).toBe("examine [..............................]   0 %  0 of 4")
  expect(barText("examine", 9, 4)).toMatch(/100 %/)
  expect(barText("nothing to do", 0, 0)).toMatch(/#{30}\] +100 %/)
})
