import { fileURLToPath } from "node:url"
import type { TestPostgres } from "@roomlog/log/testing"
import { madeRoom, posting, signedIn, socketOf } from "../systems/api.ts"
import { startChild } from "../systems/child.ts"
import { startRoomlog } from "../systems/roomlog.ts"
import { opened } from "../talk/dialect.ts"
import type { Crowd } from "./crowd.ts"
import { words } from "./words.ts"

/** A server to measure, and how to make it tell everybody something. */
export interface Teller {
  readonly pid: number
  readonly crowd: Omit<Crowd, "count">
  /** Seq of the first event that will be told. */
  readonly first: number
  /** Has so many events told together, from a seq on. */
  readonly tell: (seq: number, count: number) => void
  /** Does the same where nobody listens, if that costs anything; ends when it is done. */
  readonly tellNobody?: (count: number) => Promise<void>
  readonly stop: () => Promise<void>
}

type Dialect = Crowd["dialect"]
/** Of the process, as its environment. */
export type Settings = Record<string, string>

/** The limit for a dialect: a server that has nothing else to do. */
export const startBare = async (dialect: Dialect, settings: Settings = {}): Promise<Teller> => {
  const file = dialect === "trpc" ? "rawServer.ts" : "broadcastServer.ts"
  const child = await startChild(fileURLToPath(new URL(file, import.meta.url)), settings)
  return {
    pid: child.pid,
    crowd: { dialect, url: addressOf(dialect, child.url), room: "", token: "" },
    first: 1,
    tell: (seq, count) => void child.process.send({ seq, count }),
    stop: child.stop,
  }
}

/** Roomlog with somebody who posts in the hall, over a socket of their own. */
export const startTeller = async (
  dialect: Dialect,
  postgres: TestPostgres,
  settings: Settings = {},
): Promise<Teller> => {
  const system = await startRoomlog(postgres, { settings })
  const token = await signedIn(system.url, "Ann")
  const [hall, attic] = [await madeRoom(system.url, "hall", token), await madeRoom(system.url, "attic", token)]
  const mouth = await openMouth(system.url, token)
  await mouth.untilPosted(attic, 1)
  // The server's code gets warm, for texts that come together and for one by one: what is measured is not its first minute.
  for (let n = 0; n < 100; n++) await mouth.untilPosted(attic, 20)
  for (let n = 0; n < 2_000; n++) await mouth.untilPosted(attic, 1)
  return {
    pid: system.pid,
    crowd: {
      dialect,
      url: dialect === "trpc" ? socketOf(system.url) : addressOf(dialect, system.url),
      room: hall,
      token,
    },
    // The room's creation and its owner's joining come before.
    first: 3,
    tell: (_seq, count) => mouth.post(hall, count),
    tellNobody: (count) => mouth.untilPosted(attic, count),
    stop: async () => {
      mouth.close()
      await system.stop()
    },
  }
}

const addressOf = (dialect: Dialect, url: string): string =>
  dialect === "trpc" ? url : `${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`

/** A socket that posts, so many texts at once. */
const openMouth = async (url: string, token: string) => {
  const { socket, wire } = await opened(socketOf(url), { headers: { authorization: `Bearer ${token}` } })
  let id = 0
  let answered = { upTo: 0, done: (): void => undefined, failed: (_: Error): void => undefined }
  socket.on("message", (data) => {
    const text = String(data)
    if (text === "PING") return socket.send("PONG")
    if (text.includes('"error"')) return answered.failed(new Error(text))
    if ((JSON.parse(text) as { id: number }).id === answered.upTo) answered.done()
  })
  /** In one write: what is to be told together must come together. */
  const post = (room: string, count: number): void => {
    wire.cork()
    for (let i = 0; i < count; i++) {
      const params = { path: "message.post", input: posting(room, words) }
      socket.send(JSON.stringify({ id: ++id, method: "mutation", params }))
    }
    wire.uncork()
  }
  return {
    post,
    untilPosted: (room: string, count: number) =>
      new Promise<void>((done, failed) => {
        answered = { upTo: id + count, done, failed }
        post(room, count)
      }),
    close: () => socket.terminate(),
  }
}
