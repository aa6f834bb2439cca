import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

/** How a stand-in answers instead of doing its work. */
export interface Mood {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Does its work first and only says that it did not: a lost answer. */
  readonly afterwards?: boolean
}

export interface Asked {
  readonly request: IncomingMessage
  readonly path: string
  readonly body: Buffer
}

/** What a stand-in answers. */
export interface Reply {
  readonly status: number
  readonly body?: unknown
}

/** Breaks the protocol: kept for the test, and refused. */
export class Wrong extends Error {}

/** Somebody else's server on 127.0.0.1, which writes down what was wrong with what it was asked. */
export class StandIn implements AsyncDisposable {
  readonly problems: Array<string> = []
  /** The mood in which each call is taken; undefined is a good one. */
  mood: (path: string) => Mood | undefined = () => undefined
  /** Milliseconds before it begins with a call. */
  delay: () => number = () => 0
  /** Told of each call before anything is done. */
  heard: (path: string) => void = () => undefined
  /** What it is there for. */
  work: (asked: Asked) => Reply = () => ({ status: 503 })
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  static async start(): Promise<StandIn> {
    const made = new StandIn()
    await new Promise<void>((ready) => made.#server.listen(0, "127.0.0.1", ready))
    return made
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/"
    const parts: Array<Buffer> = []
    request.on("error", () => undefined)
    response.on("error", () => undefined)
    for await (const part of request) parts.push(part)
    this.heard(path)
    const delay = this.delay()
    if (delay > 0) await sleep(delay)
    const mood = this.mood(path)
    const reply = mood === undefined || mood.afterwards ? this.#done({ request, path, body: Buffer.concat(parts) }) : {}
    const { status, body } = { ...reply, ...mood } as Reply
    response.writeHead(status, { "content-type": "application/json", ...mood?.headers })
    response.end(body === undefined ? "" : JSON.stringify(body))
  }

  #done(asked: Asked): Reply {
    try {
      return this.work(asked)
    } catch (cause) {
      this.problems.push(`${asked.path}: ${String(cause)}`)
      return { status: 400, body: { error: { status: "INVALID_ARGUMENT", message: String(cause) } } }
    }
  }
}

/** Refuses what is not as the protocol says. */
export const must: (isSo: unknown, what: string) => asserts isSo = (isSo, what) => {
  if (!isSo) throw new Wrong(what)
}
