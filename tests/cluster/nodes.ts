import { get, type IncomingMessage } from "node:http"

/** Milliseconds between two looks at every node. */
const everyLook = 500
/** Milliseconds after which a node that was asked counts as dead. */
const patience = 2_000
/** Sessions of Socket.IO whose node is remembered. */
const mostSessions = 10_000

/** A node as its neighbours see it. */
export interface Node {
  readonly url: string
  /** Whether it took the connection. */
  readonly met: (answers: boolean) => void
  /** Remembers the Socket.IO session that its answer opens. */
  readonly learn: (answer: IncomingMessage, path: string) => void
}

/** The nodes of a balancer: who answers, whose turn it is, and whose sessions are whose. */
export class Nodes {
  readonly #isUp: Map<string, boolean>
  readonly #given: Map<string, number>
  readonly #sessions = new Map<string, string>()
  #turn = 0

  constructor(urls: ReadonlyArray<string>) {
    this.#isUp = new Map(urls.map((url) => [url, true]))
    this.#given = new Map(urls.map((url) => [url, 0]))
  }

  up(): ReadonlyArray<string> {
    return [...this.#isUp].flatMap(([url, isUp]) => (isUp ? url : []))
  }

  given(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#given)
  }

  /** The nodes to try one after the other: those that answer in turn, then, as a last hope, the others. */
  *inTurn(path: string): Generator<Node, undefined> {
    const urls = [...this.#isUp.keys()]
    const first = this.#turn++ % urls.length
    const turned = [...urls.slice(first), ...urls.slice(0, first)]
    const own = this.#sessions.get(sessionIn(path) ?? "")
    const rank = (url: string): number => (url === own ? 0 : this.#isUp.get(url) ? 1 : 2)
    for (const url of turned.toSorted((a, b) => rank(a) - rank(b))) {
      this.#given.set(url, this.#given.get(url)! + 1)
      yield this.#node(url)
    }
  }

  /** Asks every node again and again whether it is ready, until the answer is called. */
  lookAfter(): () => void {
    const look = (): void => {
      for (const url of this.#isUp.keys()) void isReady(url).then((ready) => this.#isUp.set(url, ready))
    }
    const timer = setInterval(look, everyLook)
    return () => clearInterval(timer)
  }

  #node(url: string): Node {
    return {
      url,
      met: (answers) => void this.#isUp.set(url, answers),
      learn: (answer, path) => {
        if (!path.startsWith("/socket.io/") || sessionIn(path) !== undefined) return
        answer.once("data", (chunk: Buffer) => this.#remember(url, chunk.toString("latin1", 0, 200)))
      },
    }
  }

  #remember(url: string, opening: string): void {
    const session = /"sid":"([\w-]+)"/.exec(opening)?.[1]
    if (session === undefined) return
    this.#sessions.set(session, url)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > mostSessions && oldest !== undefined) this.#sessions.delete(oldest)
  }
}

/** The session that a Socket.IO request belongs to. */
const sessionIn = (path: string): string | undefined =>
  path.startsWith("/socket.io/") ? /[?&]sid=([\w-]+)/.exec(path)?.[1] : undefined

const isReady = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const asked = get(`${url}/health/ready`, { timeout: patience, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode! < 500)
    })
    asked.once("timeout", () => asked.destroy())
    asked.once("error", () => resolve(false))
  })
