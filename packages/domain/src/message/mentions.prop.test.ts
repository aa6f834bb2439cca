import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { key } from "../identity/names.ts"
import { holds } from "../testing.ts"
import { find, keys } from "./mentions.ts"

const among =
  (...names: string[]) =>
  (wanted: string) =>
    names.find((name) => key(name) === wanted)
const mentioned = (text: string, ...names: string[]) =>
  find(text, among(...names)).map(({ start, end, who }) => `${text.slice(start, end)}=${who}`)

describe("somebody is mentioned", () => {
  test.each([
    ["by name", "hi @Ann", ["Ann"], ["@Ann=Ann"]],
    ["in any case, and in letters that look alike", "@ANN @Аnn", ["Ann"], ["@ANN=Ann", "@Аnn=Ann"]],
    ["with an accent or without", "@Zoe @Zoë @Zoe\u0308", ["Zoë"], ["@Zoe=Zoë", "@Zoë=Zoë", "@Zoe\u0308=Zoë"]],
    [
      "by a name with spaces, and with dots for them",
      "@Ann Lee! @ann.lee",
      ["Ann Lee"],
      ["@Ann Lee=Ann Lee", "@ann.lee=Ann Lee"],
    ],
    ["by the longest name that fits", "@Ann Lee and @Ann", ["Ann", "Ann Lee"], ["@Ann Lee=Ann Lee", "@Ann=Ann"]],
    ["when words follow that are no name", "@Ann could you", ["Ann"], ["@Ann=Ann"]],
    ["before punctuation", "(@Ann), @Ann's @Ann... **@Ann** _@Ann_", ["Ann"], Array(5).fill("@Ann=Ann")],
    ["by a name that ends in a sign", "@Ann (2) and @Mr.", ["Ann (2)", "Mr."], ["@Ann (2)=Ann (2)", "@Mr=Mr."]],
    ["in scripts without spaces", "你好@李明你好", ["李", "李明"], ["@李明=李明"]],
    ["in Arabic, Hindi and emoji", "@علي و @राम @🐈!", ["علي", "राम", "🐈"], ["@علي=علي", "@राम=राम", "@🐈=🐈"]],
    ["on another line than what follows", "@Ann\nLee", ["Ann", "Ann Lee"], ["@Ann=Ann"]],
    ["right after code", "`x` @Ann", ["Ann"], ["@Ann=Ann"]],
  ] as const)("%s", (_, text, names, found) => expect(mentioned(text, ...names)).toEqual(found))
})

describe("nobody is mentioned", () => {
  test.each([
    ["inside a word", "mail ann@Ann me@ann.example"],
    ["by the beginning of a word", "@Anna @ann.example @ann-marie"],
    ["after another @, or in a path", "@@Ann example.org/@Ann"],
    ["in code", "`@Ann` and\n```ts\n@Ann\n```\nend"],
    ["in a link", "https://example.org/?q=@Ann [@Ann](https://example.org)"],
    ["across a space", "@ Ann"],
    ["without a name", "@ @! @"],
  ])("%s", (_, text) => expect(mentioned(text, "Ann")).toEqual([]))
})

test("a text made of nothing but @ is read at once", () => {
  for (const text of ["@a ".repeat(5_000), "@".repeat(16_000), `@${"a b ".repeat(4_000)}`, "`".repeat(9_999)])
    expect(keys(text).length).toBeLessThanOrEqual(2_000)
})

const word = fc.constantFrom("Ann", "Lee", "李", "Zoë", "राम", "Bo", "X1", "علي")
const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" "))
const piece = fc.oneof(
  name,
  name.map((one) => `@${one}`),
  fc.constantFrom(" ", "\n", "`", "@", ", ", "https://x.y/", "a"),
)
const text = fc.oneof(
  fc.array(piece).map((parts) => parts.join("")),
  fc.string({ unit: "grapheme" }),
)
const names = fc.uniqueArray(name, { selector: key, maxLength: 6 })

describe("in any text, of any people", () => {
  test("mentions stand in order, do not overlap, and are an @ and a name of that person", () =>
    holds(
      fc.property(text, names, (text, names) => {
        let upTo = 0
        for (const { start, end, who } of find(text, among(...names))) {
          expect(start).toBeGreaterThanOrEqual(upTo)
          expect(text[start]).toBe("@")
          expect(key(text.slice(start + 1, end))).toBe(key(who))
          upTo = end
        }
      }),
    ))

  test("whoever is asked for stands in the keys", () =>
    holds(
      fc.property(text, (text) => {
        const asked = new Set<string>()
        find(text, (key) => void asked.add(key))
        expect([...asked].toSorted()).toEqual(keys(text).toSorted())
      }),
    ))

  test("who is mentioned with a space around it is found", () =>
    holds(
      fc.property(names, fc.nat(), (names, pick) => {
        fc.pre(names.length > 0)
        const who = names[pick % names.length]!
        expect(find(`so, @${who}\nsaid`, among(...names)).map((one) => one.who)).toEqual([who])
      }),
    ))

  test("another person more never takes a mention away but for a longer name", () =>
    holds(
      fc.property(text, names, name, (text, names, more) => {
        const before = find(text, among(...names))
        const after = find(text, among(...names, more))
        for (const { start, end } of before)
          expect(after.some((one) => one.start <= start && one.end >= end)).toBe(true)
      }),
    ))
})
