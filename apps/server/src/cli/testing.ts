import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { roomlog as program } from "./program.ts"

/** What the command line answered. */
export interface Answer {
  readonly code: number
  readonly out: string
  readonly err: string
}

type Settings = Readonly<Record<string, string>>

/** Runs the real `roomlog` in a process of its own, with nothing in its environment but these settings. */
export const roomlog = async (settings: Settings, ...args: ReadonlyArray<string>): Promise<Answer> => {
  const child = started(settings, args)
  const said = { out: "", err: "" }
  child.stdout.on("data", (chunk: Buffer) => {
    said.out += chunk
  })
  child.stderr.on("data", (chunk: Buffer) => {
    said.err += chunk
  })
  const [code] = (await once(child, "close")) as [number]
  return { code, ...said }
}

/** The same in this process, which is faster: for what needs neither signals nor pipes. */
export const asked = async (settings: Settings, ...args: ReadonlyArray<string>): Promise<Answer> => {
  const out: Array<string> = []
  const err: Array<string> = []
  const code = await program(args, {
    environment: settings,
    say: (line) => void out.push(`${line}\n`),
    remark: (line) => void err.push(`${line}\n`),
    progress: () => ({ at: () => undefined, end: () => undefined }),
    stop: new AbortController().signal,
  })
  return { code, out: out.join(""), err: err.join("") }
}

/** Starts it and gives its lines as they come, until it is told to stop. */
export const running = (settings: Settings, ...args: ReadonlyArray<string>) => {
  const child = started(settings, args)
  child.stderr.pipe(process.stderr)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`roomlog ${args.join(" ")} ended without another line`)
    return value
  }
  return {
    line,
    stop: async (): Promise<number> => {
      const gone = once(child, "close")
      child.kill("SIGTERM")
      const [code] = (await gone) as [number]
      return code
    },
  }
}

/** A node, and its address once it listens. */
export const serving = async (settings: Settings) => {
  const server = running({ PORT: "0", ...settings }, "serve")
  const url = /listens on (\S+)/.exec(await server.line())?.[1]
  if (url === undefined) throw new Error("the server said something else than where it listens")
  return { url, stop: server.stop }
}

/** Somebody who is signed in and speaks in a room of their own. */
export const speaker = async (url: string, name: string, roomName: string) => {
  const call = async (path: string, input: object, token = "") => {
    const response = await fetch(`${url}/trpc/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(input),
    })
    const answer = (await response.json()) as { readonly result?: { readonly data: unknown } }
    if (answer.result === undefined) throw new Error(JSON.stringify(answer))
    return answer.result.data
  }
  const { token } = (await call("identity.signIn", { name })) as { token: string }
  const room = randomUUID()
  const command = () => ({ commandId: randomUUID(), room })
  await call("room.create", { ...command(), name: roomName, topic: "", visibility: "public" }, token)
  return {
    say: (text: string) =>
      call("message.post", { ...command(), message: randomUUID(), text, images: [], replyTo: null }, token),
  }
}

const main = join(import.meta.dirname, "../main.ts")

const started = (settings: Settings, args: ReadonlyArray<string>) =>
  spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env["PATH"], LOG_LEVEL: "silent", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  })
