import { type ChildProcess, execFileSync, fork, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { WebSocket } from "ws"
import type { Crowd } from "./fan-out-listeners.ts"
import { words } from "./fan-out-words.ts"
import { type Bench, median } from "./table.ts"

const listeners = Number(process.env["LISTENERS"] ?? 1_000)
const crowds = 2
const runs = 3
const warmUp = 50
const events = 300
/** Roomlog's CPU time a delivery, as a multiple of bare ws. */
const target = 1.6

/** One room with many listeners: what a delivery costs the server, against a server that only writes finished frames. */
export const fanOut: Bench = async (progress) => {
  const raw: Cost[] = []
  const whole: Cost[] = []
  const posts: Cost[] = []
  for (let run = 1; run <= runs; run++) {
    progress(`bare ws: run ${run} of ${runs}`)
    raw.push(await measure(await rawServer(), listeners))
    progress(`Roomlog: run ${run} of ${runs}`)
    whole.push(await measure(await roomlog(), listeners))
    progress(`Roomlog with one listener: run ${run} of ${runs}`)
    posts.push(await measure(await roomlog(), 1))
  }
  const rest = whole.map((cost, i) => less(cost, posts[i]!))
  const limit = middle(raw)
  const { all, user } = middle(whole)
  const ratio = all / limit.all
  return [
    {
      title: `Telling ${listeners} listeners of one room, one event of 200 bytes at a time: server CPU a delivery`,
      columns: ["server", "all us", "user us", "all", "user"],
      rows: [
        row("bare ws, finished frames", limit, limit),
        row("Roomlog, the posts included", { all, user }, limit),
        row("Roomlog without the posts", middle(rest), limit),
      ],
      notes: [
        `Medians of ${runs} interleaved runs of ${events} events. Every listener heard every event once and in order.`,
        "What posts cost is measured with one listener: call, append on the embedded database, frame.",
        `Target: at most ${target} x bare ws. ${ratio <= target ? "Met" : "Missed"}: ${ratio.toFixed(2)} x (user ${(user / limit.user).toFixed(2)} x).`,
      ],
    },
  ]
}

/** CPU time in microseconds a delivery; `user` is the part that is not the kernel's. */
interface Cost {
  readonly all: number
  readonly user: number
}

/** A server to measure, and how to make it tell everybody something. */
interface Subject {
  readonly server: ChildProcess
  readonly crowd: Omit<Crowd, "count">
  /** Makes the server tell the event that has this seq. */
  readonly tell: (seq: number) => void
  /** Seq of the first event that will be told. */
  readonly first: number
  readonly close: () => Promise<void>
}

const row = (server: string, { all, user }: Cost, limit: Cost) => [
  server,
  all.toFixed(2),
  user.toFixed(2),
  `${(all / limit.all).toFixed(2)}x`,
  `${(user / limit.user).toFixed(2)}x`,
]

const middle = (costs: ReadonlyArray<Cost>): Cost => ({
  all: median(costs.map(({ all }) => all)),
  user: median(costs.map(({ user }) => user)),
})

/** What is left of a cost when the posts are taken out, which `one` listener had to pay alone. */
const less = (cost: Cost, one: Cost): Cost => ({
  all: cost.all - one.all / listeners,
  user: cost.user - one.user / listeners,
})

const measure = async (subject: Subject, count: number): Promise<Cost> => {
  const groups = Array.from({ length: Math.min(crowds, count) }, (_, i) =>
    Math.floor((count + i) / Math.min(crowds, count)),
  )
  const hearing = await Promise.all(groups.map((size) => gather({ ...subject.crowd, count: size })))
  try {
    const tellAll = async (from: number, to: number): Promise<void> => {
      for (let seq = from; seq <= to; seq++) {
        const all = hearing.map(({ until }) => until(seq))
        subject.tell(seq)
        await Promise.all(all)
      }
    }
    const { first } = subject
    await tellAll(first, first + warmUp - 1)
    const before = cpu(subject.server)
    await tellAll(first + warmUp, first + warmUp + events - 1)
    const after = cpu(subject.server)
    const deliveries = count * events
    return { all: (after.all - before.all) / deliveries, user: (after.user - before.user) / deliveries }
  } finally {
    for (const { leave } of hearing) leave()
    await subject.close()
  }
}

/** A process full of listeners, all of them live. */
const gather = async (crowd: Crowd) => {
  const child = fork(here("fan-out-listeners.ts"), [JSON.stringify(crowd)])
  let waiting:
    | { readonly for: number | "live"; readonly go: () => void; readonly fail: (cause: Error) => void }
    | undefined
  child.on("message", (said: { readonly live?: true; readonly heard?: number; readonly problem?: string }) => {
    if (said.problem) waiting?.fail(new Error(said.problem))
    else if (waiting && (said.live ? "live" : said.heard) === waiting.for) waiting.go()
  })
  child.once("exit", () => waiting?.fail(new Error("the listeners' process ended")))
  const until = (what: number | "live") =>
    new Promise<void>((go, fail) => {
      waiting = { for: what, go, fail }
    })
  await until("live")
  return { until, leave: () => child.disconnect() }
}

/** CPU time of a process so far, in microseconds. */
const cpu = ({ pid }: ChildProcess): Cost => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
  const user = Number(fields[11]) * tick
  return { user, all: user + Number(fields[12]) * tick }
}
const tick = 1_000_000 / Number(execFileSync("getconf", ["CLK_TCK"]))

const rawServer = async (): Promise<Subject> => {
  const server = fork(here("fan-out-raw.ts"))
  const [{ url }] = (await once(server, "message")) as [{ url: string }]
  return {
    server,
    crowd: { url, room: "", token: "" },
    tell: (seq) => server.send({ seq }),
    first: 1,
    close: () => ended(server, "SIGTERM"),
  }
}

const roomlog = async (): Promise<Subject> => {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-bench-"))
  const settings = {
    DATA_DIR: folder,
    PORT: "0",
    LOG_LEVEL: "error",
    CONNECTIONS_PER_PERSON: "100000",
    RATE_POSTS: "1000000/1",
  }
  const flags = process.env["PROFILE"] ? ["--cpu-prof", `--cpu-prof-dir=${process.env["PROFILE"]}`] : []
  const server = spawn(process.execPath, [...flags, here("../../server/src/main.ts")], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const url = await listening(server)
  const { token } = await post<{ token: string }>(`${url}/trpc/identity.signIn`, { name: "Ann" })
  const room = randomUUID()
  const create = { commandId: randomUUID(), room, name: "hall", topic: "", visibility: "public" }
  await post(`${url}/trpc/room.create`, create, token)
  await talkAlone(url, token)
  const socket = new WebSocket(`${url.replace("http", "ws")}/trpc`, { headers: { authorization: `Bearer ${token}` } })
  await once(socket, "open")
  return {
    server,
    crowd: { url: socket.url, room, token },
    tell: (seq) => {
      const params = { path: "message.post", input: message(room) }
      socket.send(JSON.stringify({ id: seq, method: "mutation", params }))
    },
    // The room's creation and its owner's joining come before.
    first: 3,
    close: async () => {
      socket.terminate()
      await ended(server, "SIGTERM")
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Lets the server's code get warm in a room where nobody listens: what is measured is not its first minute. */
const talkAlone = async (url: string, token: string): Promise<void> => {
  const room = randomUUID()
  const create = { commandId: randomUUID(), room, name: "attic", topic: "", visibility: "private" }
  await post(`${url}/trpc/room.create`, create, token)
  for (let n = 0; n < 2_000; n++) await post(`${url}/trpc/message.post`, message(room), token)
}

const message = (room: string) => ({
  commandId: randomUUID(),
  room,
  message: randomUUID(),
  text: words,
  images: [],
  replyTo: null,
})

const listening = async (server: ChildProcess): Promise<string> => {
  let said = ""
  for await (const chunk of server.stdout!.iterator({ destroyOnReturn: false })) {
    said += chunk
    const url = /listens on (\S+)/.exec(said)?.[1]
    if (url) return url
  }
  throw new Error("the server did not start")
}

const post = async <A>(url: string, body: object, token?: string): Promise<A> => {
  const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })
  const { result } = (await response.json()) as { result: { data: A } }
  return result.data
}

const ended = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  const gone = once(child, "exit")
  child.kill(signal)
  await gone
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
