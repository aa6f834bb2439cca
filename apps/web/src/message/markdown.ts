import { Mentions } from "@roomlog/domain"

/** Whose name has a key: some id of theirs, or undefined. */
export type WhoIs = (key: string) => string | undefined

/** A stretch of text inside a line. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "bold" | "italic"; readonly inside: ReadonlyArray<Inline> }
  | { readonly kind: "link"; readonly href: string; readonly text: string }
  | { readonly kind: "mention"; readonly name: string; readonly who: string }

/** A part of a message that stands on lines of its own. */
export type Block =
  | { readonly kind: "paragraph"; readonly lines: ReadonlyArray<ReadonlyArray<Inline>> }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "quote"; readonly lines: ReadonlyArray<ReadonlyArray<Inline>> }
  | { readonly kind: "list"; readonly start: number | null; readonly lines: ReadonlyArray<ReadonlyArray<Inline>> }

/** What a message's text says, as data; nothing in it is ever markup. `whoIs` knows the people who can be mentioned. */
export const parse = (text: string, whoIs: WhoIs | null = null): ReadonlyArray<Block> => {
  const blocks: Block[] = []
  const lines = text.replace(/\r\n?/g, "\n").split("\n")
  for (let at = 0; at < lines.length; ) {
    const kind = kindOf(lines, at)
    if (kind === "code") {
      const end = lines.indexOf("```", at + 1)
      blocks.push({ kind, text: lines.slice(at + 1, end).join("\n") })
      at = end + 1
      continue
    }
    let end = at + 1
    while (end < lines.length && kindOf(lines, end) === kind) end += 1
    const block = blockOf(kind, lines.slice(at, end), whoIs)
    if (block !== null) blocks.push(block)
    at = end
  }
  return blocks
}

/** The text of one message without its marks, on one line: for quotes and announcements. */
export const plain = (text: string): string =>
  text
    .replace(/^(```.*|> ?|[-*] )/gm, "")
    .replace(/(\*\*|`)/g, "")
    .replace(/(?<![*\w])([*_])(\S(?:[^*_\n]*\S)?)\1(?![*\w])/g, "$2")
    .replace(/\[([^[\]\n]+)\]\(https?:[^\s()]+\)/g, "$1")
    .replace(/\s+/g, " ")
    .trim()

/** Whether a text is nothing but one to three emoji, which may be shown larger. */
export const isOnlyEmoji = (text: string): boolean => /^\s*(\p{RGI_Emoji}\s*){1,3}$/v.test(text)

type Kind = "paragraph" | "code" | "quote" | "bullets" | "numbers"

const kindOf = (lines: ReadonlyArray<string>, at: number): Kind => {
  const line = lines[at] ?? ""
  if (/^```[\w+-]*$/.test(line) && lines.indexOf("```", at + 1) > at) return "code"
  if (/^> ?/.test(line)) return "quote"
  if (/^[-*] \S/.test(line)) return "bullets"
  if (/^\d{1,4}[.)] \S/.test(line)) return "numbers"
  return "paragraph"
}

const blockOf = (kind: Exclude<Kind, "code">, lines: ReadonlyArray<string>, whoIs: WhoIs | null): Block | null => {
  const inlines = (mark: RegExp) => lines.map((line) => inline(line.replace(mark, ""), whoIs))
  switch (kind) {
    case "quote":
      return { kind, lines: inlines(/^> ?/) }
    case "bullets":
      return { kind: "list", start: null, lines: inlines(/^[-*] /) }
    case "numbers":
      return { kind: "list", start: Number.parseInt(lines[0] ?? "1", 10), lines: inlines(/^\d+[.)] /) }
    case "paragraph": {
      const first = lines.findIndex((line) => line.trim() !== "")
      const last = lines.findLastIndex((line) => line.trim() !== "")
      return first < 0 ? null : { kind, lines: lines.slice(first, last + 1).map((line) => inline(line, whoIs)) }
    }
  }
}

/** What a mark matched, whole and in parts, and where. */
type Match = string[] & { readonly index: number }

interface Rule {
  readonly mark: { readonly exec: (line: string) => Match | null }
  readonly make: (match: Match, whoIs: WhoIs | null) => Inline
}

const rules: ReadonlyArray<Rule> = [
  { mark: /`([^`\n]+)`/, make: (match) => ({ kind: "code", text: match[1]! }) },
  {
    mark: /\[([^[\]\n]+)\]\((https?:\/\/[^\s()]+)\)/i,
    make: (match) => ({ kind: "link", text: match[1]!, href: match[2]! }),
  },
  { mark: /(?<!\w)https?:\/\/[^\s<>"'`]+/i, make: (match) => ({ kind: "link", text: match[0]!, href: match[0]! }) },
  { mark: /\*\*(?!\s)([^\n]+?)(?<!\s)\*\*/, make: (match, who) => ({ kind: "bold", inside: inline(match[1]!, who) }) },
  {
    mark: /(?<![*\w])\*(?![\s*])([^*\n]+?)(?<!\s)\*(?![*\w])|(?<!\w)_(?![\s_])([^_\n]+?)(?<!\s)_(?!\w)/,
    make: (match, who) => ({ kind: "italic", inside: inline(match[1] ?? match[2]!, who) }),
  },
]

/** The earliest mark wins, and its inside is read on its own; what no rule knows stays text. */
const inline = (line: string, whoIs: WhoIs | null): ReadonlyArray<Inline> => {
  const found = [...rules, ...(whoIs === null ? [] : [mentionRule(whoIs)])]
    .map(({ mark, make }) => ({ match: mark.exec(line), make }))
    .filter((one) => one.match !== null)
    .sort((a, b) => a.match!.index - b.match!.index)[0]
  if (found === undefined) return line === "" ? [] : [{ kind: "text", text: line }]
  const match = trimmed(found.match!)
  const before = line.slice(0, match.index)
  return [
    ...(before === "" ? [] : [{ kind: "text" as const, text: before }]),
    found.make(match, whoIs),
    ...inline(line.slice(match.index + match[0]!.length), whoIs),
  ]
}

/** A bare address ends before the punctuation of its sentence. */
const trimmed = (match: Match): Match => {
  if (!/^https?:/i.test(match[0]!)) return match
  let address = match[0]!.replace(/[.,;:!?*_]+$/, "")
  if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1).replace(/[.,;:!?]+$/, "")
  match[0] = address
  return match
}

/** The first mention of a line, as a match like those of the other marks. */
const mentionMark = (whoIs: WhoIs) => ({
  exec: (line: string): Match | null => {
    const [first] = line.includes("@") ? Mentions.find(line, whoIs) : []
    if (first === undefined) return null
    return Object.assign([line.slice(first.start, first.end), first.who], { index: first.start })
  },
})

const mentionRule = (whoIs: WhoIs): Rule => ({
  mark: mentionMark(whoIs),
  make: ([name, who]): Inline => ({ kind: "mention", name: name!.slice(1), who: who! }),
})
