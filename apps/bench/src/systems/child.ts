import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"

/** A server as a child process that says where it listens. */
export interface Child {
  readonly url: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

/** Starts a program of this repository; `PROFILE=<folder>` has its CPU profile written there when it ends. */
export const startChild = async (program: string, settings: Readonly<Record<string, string>>): Promise<Child> => {
  const folder = process.env["PROFILE"]
  const flags = folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}`] : []
  const child = spawn(process.execPath, [...flags, program], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const url = await listening(child)
  return {
    url,
    pid: child.pid!,
    stop: async () => {
      const gone = once(child, "exit")
      child.kill("SIGTERM")
      await gone
    },
  }
}

const listening = async (server: ChildProcess): Promise<string> => {
  let said = ""
  for await (const chunk of server.stdout!.iterator({ destroyOnReturn: false })) {
    said += chunk
    const url = /listens on (\S+)/.exec(said)?.[1]
    if (url) {
      server.stdout!.resume()
      return url
    }
  }
  throw new Error("the server did not start")
}
