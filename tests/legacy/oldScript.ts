import { type Ask, Marker } from "./recording.ts"

/** A client of the REST routes, as scripts are: it remembers the cookies that it was given, and ids by name. */
export class OldScript {
  readonly #url: string
  readonly #cookies = new Map<string, string>()
  readonly #ids = new Map<string, number>()

  constructor(url: string) {
    this.#url = url
  }

  /** Asks as it is recorded. A cookie in the answer is kept for whoever asked. */
  async ask({ method = "GET", path, as, headers = {}, ...sent }: Ask): Promise<Response> {
    const cookie = as === undefined ? undefined : this.#cookies.get(as)
    const { body, type } = bodyOf(sent)
    const answer = await fetch(this.#url + this.#filled(path), {
      method,
      redirect: "manual",
      headers: { ...type, ...headers, ...(cookie === undefined ? {} : { cookie }) },
      ...(body === undefined ? {} : { body }),
    })
    const [given] = answer.headers.getSetCookie()
    if (as !== undefined && given !== undefined) this.#cookies.set(as, given.split(";", 1)[0]!)
    return answer
  }

  /** What was expected, with markers replaced by what was answered, where that is of their kind. */
  expected(expected: unknown, actual: unknown): unknown {
    if (expected instanceof Marker) return this.#marked(expected, actual)
    if (Array.isArray(expected)) return expected.map((one, i) => this.expected(one, at(actual, i)))
    if (typeof expected !== "object" || expected === null) return expected
    return Object.fromEntries(
      Object.entries(expected).map(([name, value]) => [name, this.expected(value, at(actual, name))]),
    )
  }

  idOf(name: string): number | undefined {
    return this.#ids.get(name)
  }

  #marked({ kind, name }: Marker, actual: unknown): unknown {
    switch (kind) {
      case "id":
        return this.#id(name, actual)
      case "address":
        return this.#url + this.#filled(name)
      case "time":
        return /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(actual)) ? actual : "a time in ISO 8601"
      case "image":
        return /^\/media\/chat_images\/img_\d{10}_[0-9a-f]{32}\.png$/.test(String(actual)) ? actual : "path of an image"
    }
  }

  #id(name: string, actual: unknown): unknown {
    const known = this.#ids.get(name)
    if (known !== undefined) return known
    const isNew = Number.isSafeInteger(actual) && ![...this.#ids.values()].includes(actual as number)
    if (!isNew) return `an id that is new, for ${name}`
    this.#ids.set(name, actual as number)
    return actual
  }

  #filled(path: string): string {
    return path.replace(/\{(\w+)\}/g, (_, name: string) => String(this.#ids.get(name)))
  }
}

const at = (value: unknown, key: string | number): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[key] : undefined

const bodyOf = ({ json, form, multipart }: Pick<Ask, "json" | "form" | "multipart">) => {
  if (json instanceof Blob) return { body: json, type: {} }
  if (json !== undefined) return { body: JSON.stringify(json), type: { "content-type": "application/json" } }
  if (form !== undefined) return { body: new URLSearchParams(form), type: {} }
  if (multipart === undefined) return { body: undefined, type: {} }
  const data = new FormData()
  for (const [name, value] of Object.entries(multipart)) data.append(name, value)
  return { body: data, type: {} }
}
