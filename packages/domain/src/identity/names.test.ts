import { describe, expect, test } from "vitest"
import { canonical, isReserved, key, suggestion } from "./names.ts"

describe("names that look alike", () => {
  test.each([
    ["Ann", "ann", "case"],
    ["Ann", "Аnn", "a Cyrillic A"],
    ["Nora", "Νora", "a Greek Nu"],
    ["Paul", "Pau1", "a digit one"],
    ["Paul", "PauI", "a capital i"],
    ["Bob", "B0b", "a zero"],
    ["Ann", "Ａｎｎ", "full-width letters"],
    ["Zoë", "Zoe\u0308", "a mark written apart"],
    ["Zoë", "Zoe", "no mark"],
    ["Tim", "Tirn", "r and n"],
    ["Wanda", "Vvanda", "two v"],
    ["Ann Bee", "Ann  Bee", "two spaces"],
    ["Ann Bee", "ann.bee", "a dot"],
    ["Ann Bee", "Ann_Bee", "an underline"],
    ["Ann\uFE0F", "Ann", "a variation selector"],
    ["Σίσυφος", "σίσυφοσ", "another sigma"],
  ])("%s and %s have one key: %s", (one, another) => expect(key(one)).toBe(key(another)))
})

describe("names that look different", () => {
  test.each([
    ["Ann", "Anna"],
    ["Ann", "Ann 2"],
    ["Tim", "Tom"],
    ["李", "孝"],
    ["राम", "रमा"],
    ["กา", "กี"],
    ["かき", "がき"],
    ["🐈", "🐕"],
  ])("%s and %s have two keys", (one, another) => expect(key(one)).not.toBe(key(another)))
})

describe("reserved names", () => {
  test.each([
    "system",
    "Roomlog",
    "ADMIN",
    "Аdmin",
    "adm1n",
    "Adrnin",
    "m o d e r a t o r",
    "everyone",
    "here",
    "a.l.l",
  ])("nobody is called %s", (name) => expect(isReserved(name)).toBe(true))
  test.each(["Ann", "Adam", "Systema", "Allan"])("somebody may be called %s", (name) =>
    expect(isReserved(name)).toBe(false),
  )
})

test("a name is kept as it is written, but for spaces and compatibility forms", () => {
  expect(canonical("  Ann \t Bee ")).toBe("Ann Bee")
  expect(canonical("Ａnn ﬁn")).toBe("Ann fin")
})

describe("a suggestion", () => {
  const among = (...taken: string[]) => {
    const keys = new Set(taken.map(key))
    return (one: string) => keys.has(one)
  }
  test("is the first free number", () => {
    expect(suggestion("Ann", among("Ann"))).toBe("Ann 2")
    expect(suggestion("Ann", among("Ann", "Ann 2", "ann 3"))).toBe("Ann 4")
  })
  test("does not put numbers on numbers", () => expect(suggestion("Ann 2", among("Ann", "Ann 2"))).toBe("Ann 3"))
  test("stays within the length of names", () => {
    const graphemes = [...new Intl.Segmenter("en").segment(suggestion("x".repeat(32), among()))]
    expect(graphemes.length).toBeLessThanOrEqual(32)
  })
  test("never cuts a character in half", () => {
    const name = suggestion(`a${"🐈".repeat(31)}`, among())
    expect(name.isWellFormed()).toBe(true)
    expect(name).toBe(`a${"🐈".repeat(27)} 2`)
  })
})
