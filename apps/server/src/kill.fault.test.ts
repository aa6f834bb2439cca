import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { checkInvariants, openPglite } from "@roomlog/log"
import type { HistoryPage, Receipt, Session } from "@roomlog/schemas"
import { Effect } from "effect"
import { afterAll, expect, test } from "vitest"

const main = fileURLToPath(new URL("main.ts", import.meta.url))
const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31)
const kills = Number(process.env["KILLS"] ?? 10)
const children = new Set<ChildProcess>()
const folders: string[] = []

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL")
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

const title = `a server killed ${kills} times under load loses nothing it acknowledged and repeats nothing (SEED=${seed})`
test(title, { timeout: 600_000 }, async () => {
  const random = mulberry(seed)
  const folder = await newFolder()
  let server = start(folder)
  const { token } = await call<Session>(await server, "identity.signIn", { name: "Ann" })
  const room = randomUUID()
  const create = { commandId: randomUUID(), room, name: "lobby", topic: "", visibility: "public" }
  await call(await server, "room.create", create, token)

  const acknowledged: Array<Sent & { readonly receipt: Receipt }> = []
  let isOver = false
  let heard = (): void => undefined
  /** Sends one message after the other; each is sent again, with the same ids, until a server has answered. */
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const post = {
        commandId: randomUUID(),
        room,
        message: randomUUID(),
        text: `${writer}/${n}`,
        images: [],
        replyTo: null,
      }
      const receipt = await insist(
        () => server,
        (running) => call<Receipt>(running, "message.post", post, token),
      )
      acknowledged.push({ writer, post, receipt })
      heard()
    }
  }
  const until = async (count: number): Promise<void> => {
    while (acknowledged.length < count)
      await new Promise<void>((resolve) => {
        heard = resolve
      })
  }

  const writers = Array.from({ length: 6 }, (_, writer) => write(writer))
  for (let n = 0; n < kills; n++) {
    await until(acknowledged.length + 20 + Math.floor(random() * 150))
    const running = await server
    const gone = once(running.child, "exit")
    running.child.kill("SIGKILL")
    server = gone.then(() => start(folder))
  }
  await until(acknowledged.length + 50)
  isOver = true
  await Promise.all(writers)

  const items = await history(await server, room, token)
  const messages = items.flatMap((item) => (item._tag === "Message" ? [item] : []))
  expect(items.map(({ seq }) => seq)).toEqual(items.map((_, i) => i + 1))
  expect(messages.map(({ id, seq, text }) => ({ id, seq, text }))).toEqual(
    acknowledged
      .map(({ post, receipt }) => ({ id: post.message, seq: receipt.seq, text: post.text }))
      .sort((a, b) => a.seq - b.seq),
  )
  for (let writer = 0; writer < writers.length; writer++) {
    const own = messages.filter(({ text }) => text.startsWith(`${writer}/`))
    expect(own.map(({ text }) => text)).toEqual(own.map((_, n) => `${writer}/${n}`))
  }
  for (const { post, receipt } of acknowledged.filter((_, i) => i % 97 === 0))
    expect(await call<Receipt>(await server, "message.post", post, token)).toEqual(receipt)
  expect((await history(await server, room, token)).length).toBe(items.length)

  expect(await stop(await server)).toBe(0)
  expect(await faultsIn(folder)).toEqual([])
})

test("a second server on the same folder is refused, and is told by whom", { timeout: 120_000 }, async () => {
  const folder = await newFolder()
  const first = await start(folder)
  for (let n = 0; n < 3; n++) {
    const second = launch(folder)
    const [[code], said] = await Promise.all([once(second, "exit"), allOf(second.stderr!)])
    expect(code).toBe(1)
    expect(said).toContain(`in use by process ${first.child.pid}`)
  }
  const session = await call<Session>(first, "identity.signIn", { name: "Ann" })
  expect(session.user.name).toBe("Ann")
  expect(await stop(first)).toBe(0)
  expect(await stop(await start(folder))).toBe(0)
})

interface Running {
  readonly child: ChildProcess
  readonly url: string
}
interface Sent {
  readonly writer: number
  readonly post: { readonly commandId: string; readonly message: string; readonly text: string }
}

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "roomlog-kill-"))
  folders.push(folder)
  return folder
}

const launch = (folder: string): ChildProcess => {
  const env = { ...process.env, DATA_DIR: folder, PORT: "0", RATE_POSTS: "1000000/1", LOG_LEVEL: "error" }
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "pipe"] })
  children.add(child)
  child.once("exit", () => children.delete(child))
  return child
}

/** A server that listens. */
const start = async (folder: string): Promise<Running> => {
  const child = launch(folder)
  const said = allOf(child.stderr!)
  let text = ""
  for await (const chunk of child.stdout!) {
    text += chunk
    const url = /listens on (\S+)/.exec(text)?.[1]
    if (url) return { child, url }
  }
  throw new Error(`the server did not start: ${await said}`)
}

/** Asks a server to end; gives its exit code. */
const stop = async ({ child }: Running): Promise<unknown> => {
  const gone = once(child, "exit")
  child.kill("SIGTERM")
  return (await gone)[0]
}

const allOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
  let text = ""
  for await (const chunk of stream) text += chunk
  return text
}

/** The server went away before it answered. */
class Lost extends Error {}

const call = async <A>({ url }: Running, path: string, input: object, token?: string): Promise<A> => {
  const answer = await fetch(`${url}/trpc/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(input),
  })
    .then((response) => response.json() as Promise<{ result?: { data: A }; error?: unknown }>)
    .catch((cause) => {
      throw new Lost(String(cause))
    })
  if (answer.result === undefined) throw new Error(`${path} was refused: ${JSON.stringify(answer.error)}`)
  return answer.result.data
}

/** Tries until a server has answered. A try that was lost waits for another server than the one that it asked. */
const insist = async <A>(server: () => Promise<Running>, ask: (running: Running) => Promise<A>): Promise<A> => {
  for (;;) {
    const running = await server()
    try {
      return await ask(running)
    } catch (cause) {
      if (!(cause instanceof Lost)) throw cause
      if (running.child.exitCode === null && running.child.signalCode === null) await once(running.child, "exit")
    }
  }
}

/** Everything in a room, page by page. */
const history = async ({ url }: Running, room: string, token: string): Promise<HistoryPage["items"]> => {
  const items: Array<HistoryPage["items"][number]> = []
  for (let more = true; more; ) {
    const input = encodeURIComponent(JSON.stringify({ room, after: items.at(-1)?.seq ?? 0, limit: 100 }))
    const response = await fetch(`${url}/trpc/message.history?input=${input}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const { result } = (await response.json()) as { result: { data: HistoryPage } }
    items.push(...result.data.items)
    more = result.data.hasNewer
  }
  return items
}

const faultsIn = (folder: string) =>
  openPglite({ folder: join(folder, "db") }).pipe(
    Effect.andThen(({ query }) => Effect.promise(() => checkInvariants(query))),
    Effect.scoped,
    Effect.runPromise,
  )

const mulberry = (start: number) => {
  let state = start
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
