import { createHash } from "node:crypto"
import type { Html } from "./answers.ts"
import { style } from "./style.ts"

/** HTML that was made here, in which everything that came from outside is text. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Piece = string | number | Markup | undefined | ReadonlyArray<Markup>

/** Markup with its pieces put in as text, unless they are markup themselves. */
export const html = (words: TemplateStringsArray, ...pieces: ReadonlyArray<Piece>): Markup =>
  new Markup(words.map((word, i) => word + textOf(pieces[i])).join(""))

/** A whole page, which loads nothing and runs nothing. */
export const page = (title: string, body: Markup): Html => ({
  page: html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text,
  policy,
})

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ")

const textOf = (piece: Piece): string => {
  if (piece === undefined) return ""
  if (piece instanceof Markup) return piece.text
  if (typeof piece === "object") return piece.map(({ text }) => text).join("")
  return String(piece).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
