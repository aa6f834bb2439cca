import { createRequire } from "node:module"

/** What an old client hears: the words of the application before, and `seq`. */
export interface Heard {
  readonly username: string
  readonly message: string
  readonly image: string | null
  readonly content_type: "text" | "image"
  readonly timestamp: string
  readonly seq?: number
}

/** A socket as the clients of all versions have it. */
interface Wire {
  readonly id: string
  readonly connected: boolean
  readonly io: {
    readonly engine: {
      readonly transport: { readonly name: string }
      readonly once: (word: "upgrade", heard: () => void) => void
      readonly close: () => void
    }
    readonly opts: { query?: Record<string, string> }
  }
  readonly on: (word: string, heard: (words: never) => void) => void
  readonly emit: (word: string, ...args: ReadonlyArray<unknown>) => void
  readonly connect: () => void
  readonly disconnect: () => void
}
type Connect = (url: string, options: Readonly<Record<string, unknown>>) => Wire

const require = createRequire(import.meta.url)
const connects: Readonly<Record<Version, Connect>> = {
  2: require("socket.io-client-2") as Connect,
  3: (require("socket.io-client-3") as { readonly io: Connect }).io,
  4: (require("socket.io-client") as { readonly io: Connect }).io,
}

export type Version = 2 | 3 | 4
export const versions: ReadonlyArray<Version> = [2, 3, 4]

/** How a client may bring its packets: the last is what they all do when nothing is said. */
export const ways = {
  "websocket only": ["websocket"],
  "polling only": ["polling"],
  "polling, then an upgrade": ["polling", "websocket"],
} as const
export type Way = keyof typeof ways

/** Every version over every transport. */
export const kinds = versions.flatMap((version) => (Object.keys(ways) as Way[]).map((way) => ({ version, way })))

export interface OldClientOptions {
  readonly url: string
  readonly version: Version
  readonly way?: Way
  /** Asks after each reconnect for everything since the last `seq`, as each version can. */
  readonly resumes?: boolean
  readonly auth?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A client of the application before, in the real library of its time. It joins again whenever it is connected again. */
export class OldClient {
  readonly heard: Heard[] = []
  readonly socket: Wire
  /** Why it was not let in, as its version is told. */
  readonly refused: Promise<string>
  readonly #looks = new Set<() => void>()
  #place: { readonly username: string; readonly room: string } | undefined

  constructor({ url, version, way = "polling, then an upgrade", ...options }: OldClientOptions) {
    const { resumes = false, auth = {}, headers = {} } = options
    const since = (): object => (resumes && this.last > 0 ? { since: this.last } : {})
    this.socket = connects[version](url, {
      forceNew: true,
      transports: ways[way],
      reconnectionDelay: 200,
      reconnectionDelayMax: 500,
      extraHeaders: headers,
      auth: (tell: (words: object) => void) => tell({ ...auth, ...since() }),
    })
    // Version 2 has no auth: what it wants to say at the door stands in the query.
    if (version === 2)
      this.socket.on("reconnect_attempt", () => {
        this.socket.io.opts.query = resumes ? { since: String(this.last) } : {}
      })
    this.socket.on("message", (words: Heard) => {
      this.heard.push(words)
      this.#look()
    })
    this.socket.on("connect", () => {
      if (this.#place) void this.ask("join", this.#place)
    })
    this.refused = new Promise((resolve) => {
      this.socket.on("connect_error", ({ message }: Error) => resolve(message))
      this.socket.on("error", (words: string | Error) => resolve(words instanceof Error ? words.message : words))
    })
  }

  /** The newest `seq` that it heard, as it would keep it. */
  get last(): number {
    return this.heard.reduce((most, { seq = 0 }) => Math.max(most, seq), 0)
  }

  /** Says something, and resolves with the acknowledgement. */
  ask(word: string, ...words: ReadonlyArray<unknown>): Promise<unknown> {
    return new Promise((resolve) => this.socket.emit(word, ...words, resolve))
  }

  /** Joins once it is connected, and again whenever it comes back. */
  async join(username: string, room: string): Promise<unknown> {
    // What is said before is kept and said on connecting, when it joins again by itself: it would join twice.
    if (!this.socket.connected) await new Promise<void>((resolve) => this.socket.on("connect", () => resolve()))
    this.#place = { username, room }
    return this.ask("join", this.#place)
  }

  send(words: unknown): Promise<unknown> {
    return this.ask("send_message", words)
  }

  /** What people said, as `name: text` or `name: path`, without the lines of System. */
  get said(): ReadonlyArray<string> {
    return this.heard.filter(({ username }) => username !== "System").map(line)
  }

  /** What System said. */
  get told(): ReadonlyArray<string> {
    return this.heard.filter(({ username }) => username === "System").map(({ message }) => message)
  }

  /** Waits until it has heard a line with this in it, from its `after`th line on. */
  hears(part: string, after = 0): Promise<Heard> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.heard.slice(after).find((words) => line(words).includes(part))
        if (found === undefined) return
        this.#looks.delete(look)
        resolve(found)
      }
      this.#looks.add(look)
      look()
    })
  }

  /** Waits until it speaks over a WebSocket. */
  async upgraded(): Promise<void> {
    const { engine } = this.socket.io
    if (engine.transport.name !== "websocket") await new Promise<void>((resolve) => engine.once("upgrade", resolve))
  }

  /** Breaks the connection as a lost network does; it comes back by itself. */
  cut(): void {
    this.socket.io.engine.close()
  }

  close(): void {
    this.socket.disconnect()
  }

  #look(): void {
    for (const look of this.#looks) look()
  }
}

const line = ({ username, message, image }: Heard): string => `${username}: ${image ?? message}`

/** A picture of one pixel, as bytes and as old pages send it. */
export const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)
export const pixelUrl = `data:image/png;base64,${pixel.toString("base64")}`
