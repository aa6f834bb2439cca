import { type ChildProcess, fork, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { endsWithUs } from "./endsWithUs.ts"

/** A server as a child process that says where it listens. */
export interface Child {
  readonly url: string
  readonly pid: number
  readonly process: ChildProcess
  readonly stop: () => Promise<void>
}

/** Starts a program of this repository; `PROFILE=<folder>` has its CPU profile written there when it ends. */
export const startChild = async (program: string, settings: Readonly<Record<string, string>>): Promise<Child> => {
  const folder = process.env["PROFILE"]
  const flags = folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}`] : []
  const child = endsWithUs(
    spawn(process.execPath, [...flags, program], {
      env: { ...process.env, ...settings },
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    }),
  )
  const url = await listening(child)
  return {
    url,
    pid: child.pid!,
    process: child,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, "exit")
      child.kill("SIGTERM")
      await gone
    },
  }
}

/** Runs a file of the bench with something asked, and gives the one thing that it answers. */
export const asked = <Answer>(file: URL, what: object): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const child = endsWithUs(fork(fileURLToPath(file), [JSON.stringify(what)]))
    child.once("message", (answer) => resolve(answer as Answer))
    child.once("exit", (code) => reject(new Error(`${file.pathname} ended with ${code} and without an answer`)))
  })

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
