import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { join } from "node:path"

const main = join(import.meta.dirname, "../apps/server/src/main.ts")

/** A server in a process of its own, as `npm start` runs it, that tests may kill and start again at the same address. */
export class ServerProcess {
  readonly url: string
  readonly #environment: Record<string, string>
  #child: ChildProcess | undefined

  private constructor(port: number, dataDir: string, settings: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`
    this.#environment = { PORT: String(port), DATA_DIR: dataDir, ...settings }
  }

  /** Starts one on a free port. */
  static async start(dataDir: string, settings: Record<string, string> = {}): Promise<ServerProcess> {
    const made = new ServerProcess(await freePort(), dataDir, settings)
    await made.start()
    return made
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts it again after a kill; resolves when it listens. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, ...this.#environment },
      stdio: ["ignore", "pipe", "pipe"],
    })
    this.#child = child
    let output = ""
    await new Promise<void>((resolve, reject) => {
      const hear = (data: Buffer): void => {
        output += data
        if (output.includes("listens on")) resolve()
      }
      child.stdout.on("data", hear)
      child.stderr.on("data", hear)
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${output}`)))
    })
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL")
  }

  /** Asks it to end in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    return this.#end("SIGTERM")
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const gone = once(child, "exit")
    child.kill(signal)
    const [code] = await gone
    return code as number | null
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}
