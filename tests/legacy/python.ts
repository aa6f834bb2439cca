import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Heard } from "./sockets.ts"

/** Why tests with a Python client cannot run here, if they cannot. */
export const whyNoPython = (): string | undefined =>
  spawnSync(program, ["-c", "import socketio, aiohttp"]).status === 0
    ? undefined
    : "skipped: there is no Socket.IO for Python here (Debian: apt-get install python3-socketio python3-aiohttp)"

/** A Socket.IO client in Python, in a process of its own, which ends with this one. It joins again and resumes. */
export class PythonClient {
  readonly heard: Heard[] = []
  readonly #child: ChildProcess
  readonly #answers: ((answer: unknown) => void)[] = []
  readonly #looks = new Set<() => void>()
  #said = ""

  private constructor(url: string, transports: ReadonlyArray<string>) {
    this.#child = spawn(program, [join(import.meta.dirname, "pythonClient.py"), url, transports.join(",")])
    this.#child.stderr!.on("data", (data: Buffer) => {
      this.#said = `${this.#said}${data}`.slice(-4_000)
    })
    // Its input ends with this process, and then it ends.
    this.#child.stdin!.on("error", () => undefined)
    createInterface({ input: this.#child.stdout! }).on("line", (line) => this.#hear(JSON.parse(line)))
  }

  /** Starts one, and waits until it is connected. */
  static async start(url: string, transports: ReadonlyArray<string>): Promise<PythonClient> {
    const client = new PythonClient(url, transports)
    await new Promise<void>((resolve, reject) => {
      client.#looks.add(() => resolve())
      client.#child.once("error", reject)
      client.#child.once("exit", (code) => reject(new Error(`python3 ended with ${code}: ${client.#said}`)))
    })
    client.#looks.clear()
    return client
  }

  join(username: string, room: string): Promise<unknown> {
    return this.#ask("join", { username, room })
  }

  send(words: unknown): Promise<unknown> {
    return this.#ask("send_message", words)
  }

  /** What people said, as `name: text` or `name: path`, without the lines of System. */
  get said(): ReadonlyArray<string> {
    return this.heard.filter(({ username }) => username !== "System").map(line)
  }

  /** Waits until it has heard a line with this in it, from its `after`th line on. */
  hears(part: string, after = 0): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.heard.slice(after).some((words) => line(words).includes(part))) return
        this.#looks.delete(look)
        resolve()
      }
      this.#looks.add(look)
      look()
    })
  }

  async close(): Promise<void> {
    const gone = this.#child.exitCode === null ? once(this.#child, "exit") : undefined
    this.#child.stdin!.end(`${JSON.stringify({ do: "close" })}\n`)
    await gone
  }

  #ask(word: string, words: unknown): Promise<unknown> {
    this.#child.stdin!.write(`${JSON.stringify({ do: word, words })}\n`)
    return new Promise((resolve) => this.#answers.push(resolve))
  }

  #hear(told: { readonly heard?: Heard; readonly answer?: unknown; readonly connected?: true }): void {
    if (told.heard) this.heard.push(told.heard)
    if ("answer" in told) this.#answers.shift()?.(told.answer)
    for (const look of this.#looks) look()
  }
}

const program = "/usr/bin/python3"
const line = ({ username, message, image }: Heard): string => `${username}: ${image ?? message}`
