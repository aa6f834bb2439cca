import { Mentions, Names } from "@roomlog/domain"
import type { UserId } from "@roomlog/schemas"
import { describe, expect, test } from "vitest"
import { type Candidate, completed, peopleFor, wantedAt } from "./completion.ts"

/** The text with `|` for the caret. */
const wanted = (marked: string) => wantedAt(marked.replace("|", ""), marked.indexOf("|"))
const person = (name: string, here = false): Candidate => ({ id: name as UserId, name, here })
const names = (query: string, people: ReadonlyArray<Candidate>) => peopleFor(query, people).map(({ name }) => name)

describe("what is being written asks for", () => {
  test.each([
    ["@|", { kind: "person", start: 0, query: "" }],
    ["hi @ma|, you", { kind: "person", start: 3, query: "ma" }],
    ["hi (@Mara K|", { kind: "person", start: 4, query: "Mara K" }],
    ["one\n@é|", { kind: "person", start: 4, query: "é" }],
    ["so :thu|", { kind: "emoji", start: 3, query: "thu" }],
    ["`x` @ma|", { kind: "person", start: 4, query: "ma" }],
  ] as const)("%s", (text, found) => expect(wanted(text)).toEqual(found))

  test.each(["", "|", "ann@ex|", "@@a|", "x/@a|", "@ a|", "`@ma|", "12:30|", ":t|", "a:tada|", "@ann\n|", "@a|b@"])(
    "nothing in %j",
    (text) => expect(wanted(text.includes("|") ? text : `${text}|`)?.query ?? null).toBe(text === "@a|b@" ? "a" : null),
  )
})

describe("people", () => {
  const all = [person("Mara Keller"), person("Ana M. de la Cruz", true), person("Tomás Reyes"), person("Emma", true)]

  test("are found by the beginning of their name or of a word in it, in any case and without accents", () => {
    expect(names("mara k", all)).toEqual(["Mara Keller"])
    expect(names("rey", all)).toEqual(["Tomás Reyes"])
    expect(names("TOMA", all)).toEqual(["Tomás Reyes"])
    expect(names("de la", all)).toEqual(["Ana M. de la Cruz"])
    expect(names("zz", all)).toEqual([])
  })

  test("who are here come first, and whose name only has it somewhere last", () => {
    expect(names("m", all)).toEqual(["Ana M. de la Cruz", "Mara Keller", "Emma", "Tomás Reyes"])
    expect(names("", all)).toEqual(["Ana M. de la Cruz", "Emma", "Mara Keller", "Tomás Reyes"])
  })

  test("are at most eight", () => {
    expect(
      names(
        "p",
        Array.from({ length: 20 }, (_, n) => person(`P${n}`)),
      ),
    ).toHaveLength(8)
  })
})

test("what is chosen stands whole in the text, the caret behind it, and means that person", () => {
  const text = "ask @mar about it"
  const done = completed(text, wantedAt(text, 8)!, 8, "Mara Keller")
  expect(done).toEqual({ text: "ask @Mara Keller about it", caret: 17 })
  for (const name of ["Mara Keller", "Ann (2)", "李明", "Zoë", "Mr."]) {
    const { text: said } = completed("@", { kind: "person", start: 0, query: "" }, 1, name)
    expect(Mentions.find(said, (key) => (key === Names.key(name) ? name : undefined))[0]?.who).toBe(name)
  }
  expect(completed("a :ta", { kind: "emoji", start: 2, query: "ta" }, 5, "🎉")).toEqual({ text: "a 🎉", caret: 4 })
})
