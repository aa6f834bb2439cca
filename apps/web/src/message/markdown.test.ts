import { Names } from "@roomlog/domain"
import { describe, expect, test } from "vitest"
import { type Block, type Inline, isOnlyEmoji, parse, plain } from "./markdown.ts"

const said = (parts: ReadonlyArray<Inline>): string =>
  parts
    .map((part) => ("inside" in part ? said(part.inside) : part.kind === "mention" ? `@${part.name}` : part.text))
    .join("")
const line = (text: string, names: ReadonlyArray<string> = []): ReadonlyArray<Inline> => {
  const [block] = parse(text, (key) => names.find((name) => Names.key(name) === key))
  return block?.kind === "paragraph" ? (block.lines[0] ?? []) : []
}
const kinds = (blocks: ReadonlyArray<Block>) => blocks.map(({ kind }) => kind)

describe("a message's text", () => {
  test("is a paragraph with its line breaks", () => {
    expect(parse("one\n\ntwo")).toEqual([
      { kind: "paragraph", lines: [[{ kind: "text", text: "one" }], [], [{ kind: "text", text: "two" }]] },
    ])
  })

  test("may be bold, italic, code, and one in the other", () => {
    expect(line("a **b _c_** `**d**`")).toEqual([
      { kind: "text", text: "a " },
      {
        kind: "bold",
        inside: [
          { kind: "text", text: "b " },
          { kind: "italic", inside: [{ kind: "text", text: "c" }] },
        ],
      },
      { kind: "text", text: " " },
      { kind: "code", text: "**d**" },
    ])
  })

  test("keeps what only looks like a mark", () => {
    for (const text of [
      "2 * 3 * 4",
      "snake_case_name",
      "**",
      "a ** b ** c",
      "`",
      "5*",
      "_ _",
      "http://",
      "<b>bold</b>",
    ])
      expect(line(text)).toEqual([{ kind: "text", text }])
  })

  test("links to http and https only, and ends a link before the punctuation of its sentence", () => {
    expect(line("see https://a.example/b?c=(d), or http://e.example.")).toEqual([
      { kind: "text", text: "see " },
      { kind: "link", href: "https://a.example/b?c=(d)", text: "https://a.example/b?c=(d)" },
      { kind: "text", text: ", or " },
      { kind: "link", href: "http://e.example", text: "http://e.example" },
      { kind: "text", text: "." },
    ])
    for (const text of ["javascript:alert(1)", "[x](javascript:alert(1))", "data:text/html,x", "[x](//evil.example)"])
      expect(line(text).some(({ kind }) => kind === "link")).toBe(false)
  })

  test("has blocks: code, quotes, lists", () => {
    expect(kinds(parse("> q\n> r\ntext\n- a\n- b\n3. c\n```ts\n> not a quote\n```\nend"))).toEqual([
      "quote",
      "paragraph",
      "list",
      "list",
      "code",
      "paragraph",
    ])
    expect(parse("3. c")).toEqual([{ kind: "list", start: 3, lines: [[{ kind: "text", text: "c" }]] }])
  })

  test("does not swallow the rest when a code block is never closed", () => {
    expect(kinds(parse("```\nopen"))).toEqual(["paragraph"])
  })

  test("mentions people by their whole names, the longest first", () => {
    expect(line("hi @Ann Lee and @ann, not a@ann.example", ["Ann", "Ann Lee"]).map(({ kind }) => kind)).toEqual([
      "text",
      "mention",
      "text",
      "mention",
      "text",
    ])
    expect(line("@Ann (2)", ["Ann (2)", "A.*"])[0]).toEqual({ kind: "mention", name: "Ann (2)", who: "Ann (2)" })
    expect(line("**@zoe** `@Zoë`", ["Zoë"])).toMatchObject([
      { kind: "bold", inside: [{ kind: "mention", name: "zoe", who: "Zoë" }] },
      { kind: "text" },
      { kind: "code" },
    ])
  })

  test("never loses a word", () => {
    for (const text of ["a `b` c", "x https://e.example/ y", "**a** *b* _c_ @Ann", "_a* **b_ `c"])
      expect(said(line(text, ["Ann"])).replaceAll(/[*_`]/g, "")).toBe(text.replaceAll(/[*_`]/g, ""))
  })

  test("is read quickly even when it is made to be slow", () => {
    const nasty = [`${"*".repeat(4_000)}a`, "[".repeat(4_000), "_a ".repeat(1_300), `${"`".repeat(3_999)}a`]
    for (const text of nasty) expect(parse(text).length).toBe(1)
  })
})

test("a gist has no marks and one line", () => {
  expect(plain("> **so** `it`\nis *rain*, [here](https://a.example)")).toBe("so it is rain, here")
  expect(plain("2 * 3 * 4 snake_case_name")).toBe("2 * 3 * 4 snake_case_name")
})

test("one to three emoji alone are large", () => {
  expect(["👍", "❤️ 🎉", "👩‍👩‍👧"].every(isOnlyEmoji)).toBe(true)
  expect(["", "5", "👍 yes", "👍👍👍👍"].some(isOnlyEmoji)).toBe(false)
})
