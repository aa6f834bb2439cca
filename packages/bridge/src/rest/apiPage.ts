import type { Html } from "./answers.ts"
import { html, Markup, page } from "./html.ts"

type Json = Readonly<Record<string, unknown>>

/** An OpenAPI document for people to read. */
export const apiPage = (document: Json): Html => {
  const { info, paths, components } = document as unknown as Document
  return page(
    info.title,
    html`<main>
<h1>${info.title}</h1>
<p>${prose(info.description)}</p>
<pre>curl -d username=Bob -d content=Hello "$ROOMLOG/api/chat/lobby/messages/"
curl -F username=Bob -F image=@cat.png "$ROOMLOG/api/chat/lobby/messages/"
curl "$ROOMLOG/api/chat/lobby/messages/?page_size=50"</pre>
<p class="soft">For programs: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
<nav aria-label="Words">${Object.keys(components.schemas).map((name) => html`<a href="#${name}">${name}</a> `)}</nav>
<h2>Routes</h2>
${Object.entries(paths).flatMap(([path, item]) => operationsOf(item).map((one) => operation(path, item, one)))}
<h2>Words</h2>
${Object.entries(components.schemas).map(([name, schema]) => word(name, schema))}
</main>`,
  )
}

interface Document {
  readonly info: { readonly title: string; readonly description: string }
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

interface PathItem {
  readonly parameters?: ReadonlyArray<Parameter>
  readonly get?: Operation
  readonly post?: Operation
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly description?: string
}

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly parameters?: ReadonlyArray<Parameter>
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly description?: string
  readonly enum?: ReadonlyArray<string>
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
}

type Verb = "get" | "post"

/** What people ask for; OPTIONS says nothing that does not stand here. */
const operationsOf = (item: PathItem): ReadonlyArray<readonly [Verb, Operation]> =>
  (["get", "post"] as const).flatMap((verb) => (item[verb] ? [[verb, item[verb]] as const] : []))

const operation = (path: string, item: PathItem, [verb, one]: readonly [Verb, Operation]): Markup => {
  const parameters = [...(item.parameters ?? []), ...(one.parameters ?? [])]
  return html`<details>
<summary><span class="verb ${verb}">${verb.toUpperCase()}</span> <code>${path}</code> <span class="soft">${one.summary}</span></summary>
<div>
${one.description ? html`<p>${prose(one.description)}</p>` : undefined}
${parameters.length > 0 ? table(["Parameter", "In", "What it means"], parameters.map(parameterRow)) : undefined}
${one.requestBody ? html`<p>Send ${content(one.requestBody.content)}.</p>` : undefined}
${table(
  ["Status", "What it means", "Body"],
  Object.entries(one.responses).map(([status, answer]) => answerRow(status, answer)),
)}
</div>
</details>`
}

const parameterRow = ({ name, in: where, description }: Parameter): Markup =>
  html`<tr><td><code>${name}</code></td><td>${where}</td><td>${prose(description)}</td></tr>`

const answerRow = (status: string, answer: Operation["responses"][string]): Markup =>
  html`<tr><td><code>${status}</code></td><td>${answer.description}</td><td>${answer.content ? content(answer.content) : undefined}</td></tr>`

/** The words of a body, and as what each of them may be sent. */
const content = (types: Content): Markup => {
  const words = Map.groupBy(Object.entries(types), ([, { schema }]) => typeOf(schema).text)
  return joined([...words].map(([word, all]) => html`${new Markup(word)} as ${all.map(([type]) => type).join(", ")}`))
}

/** Words between backticks are code. */
const prose = (text = ""): Markup =>
  html`${text.split("`").map((piece, i) => (i % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`))}`

const word = (name: string, schema: JsonSchema): Markup =>
  html`<h2 id="${name}">${name}</h2>
<p>${prose(schema.description)}</p>
${schema.properties ? table(["Field", "Type", "What it means"], fieldsOf(schema)) : html`<p>${typeOf(schema)}</p>`}`

const fieldsOf = ({ properties = {}, required = [] }: JsonSchema): ReadonlyArray<Markup> =>
  Object.entries(properties).map(
    ([name, schema]) =>
      html`<tr><td><code>${name}</code>${required.includes(name) ? undefined : html` <span class="soft">optional</span>`}</td><td>${typeOf(schema)}</td><td>${prose(schema.description)}</td></tr>`,
  )

const typeOf = (schema: JsonSchema): Markup => {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1)!
    return html`<a href="#${name}">${name}</a>`
  }
  if (schema.anyOf) return joined(schema.anyOf.map(typeOf))
  if (schema.enum) return joined(schema.enum.map((one) => html`<code>${one}</code>`))
  if (schema.items) return html`list of ${typeOf(schema.items)}`
  if (typeof schema.additionalProperties === "object") return html`${typeOf(schema.additionalProperties)} by field`
  return html`${schema.type}`
}

const joined = (all: ReadonlyArray<Markup>): Markup =>
  html`${all.flatMap((one, i) => (i === 0 ? [one] : [html` or `, one]))}`

const table = (heads: ReadonlyArray<string>, rows: ReadonlyArray<Markup>): Markup =>
  html`<table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`
