import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { freePort } from "./testing-ports.ts"

/** A real nats-server on a free port of 127.0.0.1. It is gone when this process is, however that ends. */
export interface TestNats {
  readonly url: string
  readonly pid: () => number
  /** `kill -9`; resolves when it is gone. */
  readonly kill: () => Promise<void>
  /** Starts it at the same address, after killing what runs there. */
  readonly restart: () => Promise<void>
}

/** Why tests with NATS cannot run here; undefined when they can. For the titles of what is skipped. */
export const whyNoNats = (): string | undefined =>
  spawnSync(program, ["--version"]).status === 0
    ? undefined
    : "skipped: nats-server is not installed (Debian: apt-get install nats-server)"

/** Starts one; fails where there is none. */
export const startNats = async (): Promise<TestNats> => {
  const missing = whyNoNats()
  if (missing !== undefined) throw new Error(`NATS cannot be started: ${missing}`)
  const port = await freePort()
  let server = await started(port)
  return {
    url: `nats://127.0.0.1:${port}`,
    pid: () => server.pid!,
    kill: () => ended(server),
    restart: async () => {
      await ended(server)
      server = await started(port)
    },
  }
}

const program = "nats-server"

/** The server beside a small shell that ends it when our end of the pipe is gone. */
const started = async (port: number): Promise<ChildProcess> => {
  const server = spawn(program, ["-a", "127.0.0.1", "-p", String(port)], { stdio: ["ignore", "ignore", "pipe"] })
  const guard = spawn("sh", ["-c", 'read -r _; kill -9 "$1"', "guard", String(server.pid)], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  })
  // Ended before its pipe is closed, so that it cannot meet another process under the old number.
  server.once("exit", () => guard.kill("SIGKILL"))
  guard.unref()
  let said = ""
  await new Promise<void>((resolve, reject) => {
    server.stderr.on("data", (data: Buffer) => {
      said = `${said}${data}`.slice(-4_000)
      if (said.includes("Server is ready")) resolve()
    })
    server.once("exit", (code) => reject(new Error(`${program} ended with ${code}: ${said}`)))
  })
  return server
}

const ended = async (server: ChildProcess): Promise<void> => {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = once(server, "exit")
  server.kill("SIGKILL")
  await gone
}
