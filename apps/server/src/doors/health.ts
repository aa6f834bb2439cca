import type { IncomingMessage, ServerResponse } from "node:http"
import { type Backend, run } from "@roomlog/backend"
import type { Doors } from "./http.ts"

/** What a node needs before anybody should be sent to it. */
export type Check = "database" | "partitions" | "feed" | "open"

/** Milliseconds that the database has for its answer. */
const patience = 1_000
/** Whoever asked within so many milliseconds will ask again, and is waited for before the node closes. */
const lately = 5_000
/** Milliseconds that the node waits for them at most. */
const farewell = 3_000

/** What there is to look at. */
export type HealthSources = Pick<Backend, "log" | "feed" | "run" | "isOpen">

/** What a node is asked about its health, and how it is told that it is about to close. */
export class Health {
  readonly #backend: HealthSources
  #closing = false
  #askedAt = Number.NEGATIVE_INFINITY
  #toldSo: () => void = () => undefined
  #asking: Promise<ReadonlyArray<Check>> | undefined

  constructor(backend: HealthSources) {
    this.#backend = backend
  }

  /**
   * From now on the node is not ready, so that balancers send nobody any more. Resolves when the one who asks has heard
   * so: at once if nobody does, and soon in any case.
   */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    if (performance.now() - this.#askedAt > lately) return
    await new Promise<void>((resolve) => {
      const enough = setTimeout(resolve, farewell)
      this.#toldSo = () => {
        clearTimeout(enough)
        resolve()
      }
    })
  }

  /** `/health/live`: the process answers. `/health/ready`, and `/health` as before: it can be used, or why it cannot. */
  doors(): Doors {
    const ready = (_: IncomingMessage, response: ServerResponse) => void this.#ready(response)
    return [
      ["/health/live", (_, response) => answer(response, 200, { status: "ok" })],
      ["/health/ready", ready],
      ["/health", ready],
    ]
  }

  async #ready(response: ServerResponse): Promise<void> {
    this.#askedAt = performance.now()
    if (this.#closing) response.once("close", this.#toldSo)
    const failing = this.#closing ? ["open" as const] : await this.#failing()
    const status = failing.length === 0 ? "ok" : sentences[failing[0]!]
    answer(response, failing.length === 0 ? 200 : 503, { status, failing, subscriptions: this.#backend.feed.size() })
  }

  /** However many ask, the database is asked once at a time. */
  #failing(): Promise<ReadonlyArray<Check>> {
    this.#asking ??= this.#look().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #look(): Promise<ReadonlyArray<Check>> {
    const { run: ask, log, isOpen } = this.#backend
    const parts = await within(run(ask<{ parts: number }>("select count(*)::int as parts from log_head")))
    const stopped: ReadonlyArray<Check> = isOpen() ? [] : ["feed"]
    if (parts === undefined) return ["database", ...stopped]
    return parts[0]?.parts === log.parts ? stopped : ["partitions", ...stopped]
  }
}

const sentences: Readonly<Record<Check, string>> = {
  database: "database unavailable",
  partitions: "the database is not the one that was opened: its partitions are others",
  feed: "the feed has stopped",
  open: "closing",
}

/** The answer, or undefined if there is none in time. */
const within = async <A>(answer: Promise<A>): Promise<A | undefined> => {
  let late: NodeJS.Timeout | undefined
  const tooLate = new Promise<undefined>((resolve) => {
    late = setTimeout(() => resolve(undefined), patience)
  })
  try {
    return await Promise.race([answer.catch(() => undefined), tooLate])
  } finally {
    clearTimeout(late)
  }
}

const answer = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
  response.end(JSON.stringify(body))
}
