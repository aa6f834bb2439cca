import { expect, test } from "vitest"
import { initials } from "../ui/initials.ts"
import { fitted } from "./fitted.ts"

test("an image is made smaller to fit, never larger, and never too thin to press", () => {
  expect(fitted({ width: 840, height: 640 }, { width: 420, height: 320 })).toEqual({ width: 420, height: 320 })
  expect(fitted({ width: 100, height: 80 }, { width: 420, height: 320 })).toEqual({ width: 100, height: 80 })
  expect(fitted({ width: 4000, height: 10 }, { width: 420, height: 320 })).toEqual({ width: 420, height: 48 })
})

test("initials are of the first and the last word", () => {
  expect(["Mara Keller", "bram", "quay-cam", "Ana M. de la Cruz", "👻"].map(initials)).toEqual([
    "MK",
    "BR",
    "QC",
    "AC",
    "👻",
  ])
})
