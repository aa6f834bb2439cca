import type { Html, Problems } from "./answers.ts"
import { html, type Markup, page } from "./html.ts"

/** What somebody typed into the sign-in form. */
export interface Typed {
  readonly username: string
  readonly room_name: string
}

/** The sign-in form once more, with what was typed and why it cannot be used. */
export const signInPage = (typed: Typed, wrong: Problems): Html =>
  page(
    "Roomlog: sign in",
    html`<main class="card">
<h1>Roomlog</h1>
<p class="soft">Talk in a room. Pick a name and come in.</p>
${problem(undefined, wrong[""])}
<form method="post" action="/">
${field(["username", "Your name"], typed.username, wrong["username"])}
${field(["room_name", "Room"], typed.room_name, wrong["room_name"])}
<button type="submit">Come in</button>
</form>
</main>`,
  )

const field = (
  [name, label]: readonly [name: string, label: string],
  value: string,
  wrong: ReadonlyArray<string> | undefined,
): Markup =>
  html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" value="${value}" required autocomplete="off" aria-invalid="${String(wrong !== undefined)}" aria-describedby="${name}-problem">
${problem(`${name}-problem`, wrong)}`

const problem = (id: string | undefined, sentences: ReadonlyArray<string> = []): Markup | undefined =>
  sentences.length === 0
    ? undefined
    : html`<p class="problem" role="alert" id="${id ?? "problem"}">${sentences.join(" ")}</p>`
