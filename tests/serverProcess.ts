import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { freePort } from "@roomlog/log/testing"

/** The built server, which is made by `npm test` and before every run of vitest. */
const main = join(import.meta.dirname, "../apps/server/dist/main.js")
const guard = join(import.meta.dirname, "endWithParent.ts")

/** Milliseconds after which a server that was asked to end is killed. */
const patience = 15_000
/** Characters of its output that are kept. */
const mostOutput = 200_000

/**
 * A server in a process of its own, as `npm start` runs it, that tests may kill and start again at the same address.
 * It is gone when the process is that started it, however that ends.
 */
export class ServerProcess {
  readonly url: string
  readonly #environment: Record<string, string>
  #child: ChildProcess | undefined
  #output = ""

  private constructor(port: number, dataDir: string, settings: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`
    this.#environment = { PORT: String(port), DATA_DIR: dataDir, ...settings }
  }

  /** Starts one on a free port. */
  static async start(dataDir: string, settings: Record<string, string> = {}): Promise<ServerProcess> {
    const made = await ServerProcess.prepare(dataDir, settings)
    await made.start()
    return made
  }

  /** One that has its address, and is not started yet. */
  static async prepare(dataDir: string, settings: Record<string, string> = {}): Promise<ServerProcess> {
    return new ServerProcess(await freePort(), dataDir, settings)
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** What it has written, its log lines included: the newest part of it, over all starts. */
  get output(): string {
    return this.#output
  }

  /** Starts it, also again after a kill, with other settings if wanted; resolves when it listens. */
  async start(changed: Record<string, string> = {}): Promise<void> {
    Object.assign(this.#environment, changed)
    const child = spawn(process.execPath, ["--import", guard, main], {
      env: { ...process.env, ...this.#environment },
      stdio: ["pipe", "pipe", "pipe"],
    })
    this.#child = child
    child.stdin.on("error", () => undefined)
    let said = ""
    await new Promise<void>((resolve, reject) => {
      const hear = (data: Buffer): void => {
        this.#output = `${this.#output}${data}`.slice(-mostOutput)
        if (said.includes("listens on")) return
        said += data
        if (said.includes("listens on")) resolve()
      }
      child.stdout.on("data", hear)
      child.stderr.on("data", hear)
      child.once("error", reject)
      child.once("exit", (code, signal) => reject(new Error(`the server ended with ${code ?? signal}: ${said}`)))
    })
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL")
  }

  /** Asks it to end in order; resolves with its exit code, or null when it had to be killed. */
  async stop(): Promise<number | null> {
    return this.#end("SIGTERM")
  }

  /** Sends any other signal: SIGSTOP holds the process as a frozen machine would, SIGCONT lets it go on. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  /** Resolves when the process is gone, with its exit code or the signal that ended it. */
  async gone(): Promise<number | NodeJS.Signals | null> {
    const child = this.#child
    if (child !== undefined && this.isRunning) await once(child, "exit")
    return child?.exitCode ?? child?.signalCode ?? null
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child
    if (child === undefined || !this.isRunning) return child?.exitCode ?? null
    const gone = once(child, "exit")
    child.kill(signal)
    const late = setTimeout(() => child.kill("SIGKILL"), patience)
    const [code] = await gone
    clearTimeout(late)
    return code as number | null
  }
}
