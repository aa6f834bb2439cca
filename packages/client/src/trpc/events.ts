type Fetch = typeof fetch

/**
 * An `EventSource` over `fetch`, for every host: it can send a session's token, says why the server refused, and leaves
 * trying again to whoever listens. The built-in one can do neither and is missing in Node.
 */
export const eventsOver = (fetch: Fetch, headers: () => Record<string, string>) =>
  class extends EventTarget {
    readonly CONNECTING = 0
    readonly OPEN = 1
    readonly CLOSED = 2
    readyState = 0
    readonly #abort = new AbortController()

    constructor(url: string) {
      super()
      this.#listen(url).then(
        () => this.#fail({}),
        (problem: unknown) => this.#fail(problem instanceof Error ? { message: problem.message } : {}),
      )
    }

    close(): void {
      this.readyState = this.CLOSED
      this.#abort.abort()
    }

    async #listen(url: string): Promise<void> {
      const wanted = { ...headers(), accept: "text/event-stream" }
      const answer = await fetch(url, { headers: wanted, signal: this.#abort.signal })
      if (!answer.ok || answer.body === null) return this.#fail(await answer.json().catch(() => ({})))
      this.readyState = this.OPEN
      const decoder = new TextDecoder()
      let text = ""
      for (const reader = answer.body.getReader(); ; ) {
        const { done, value } = await reader.read()
        if (done) return
        text += decoder.decode(value, { stream: true })
        const blocks = text.split(/\r?\n\r?\n/)
        text = blocks.pop() ?? ""
        for (const block of blocks) this.#tell(block)
      }
    }

    #tell(block: string): void {
      const fields = fieldsOf(block)
      const data = fields.get("data")
      if (data === undefined || this.readyState === this.CLOSED) return
      const lastEventId = fields.get("id") ?? ""
      this.dispatchEvent(Object.assign(new Event(fields.get("event") ?? "message"), { data, lastEventId }))
    }

    #fail(why: object): void {
      if (this.readyState === this.CLOSED) return
      this.readyState = this.CLOSED
      this.dispatchEvent(Object.assign(new Event("error"), why))
    }
  }

/** The fields of one event: `name: value` lines, of which `data` may come several times. */
const fieldsOf = (block: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>()
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]+):? ?(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    const before = fields.get(name)
    fields.set(name, name === "data" && before !== undefined ? `${before}\n${value}` : value)
  }
  return fields
}
