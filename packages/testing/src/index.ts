import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Backend } from "@roomlog/backend"
import { type ConnectOptions, connect, type Roomlog } from "@roomlog/client"
import { emptyDatabase } from "@roomlog/log"
import { openDatabase, readConfig, startServer, uuid } from "@roomlog/server"
import { Effect, Exit, Scope } from "effect"
import { pino } from "pino"

export interface TestOptions {
  /** Makes ids repeatable. */
  readonly seed?: number
  /** Milliseconds since 1970 that the clock starts at; without it time passes as it does. */
  readonly clock?: number
  /** A Postgres to use instead of an embedded database in memory. */
  readonly databaseUrl?: string
  /** Further settings, as the environment would give them. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A whole Roomlog in this process, on a free port of 127.0.0.1. */
export interface TestRoomlog extends AsyncDisposable {
  readonly url: string
  /** The inside, for looking at what no door shows. Another one after a reset. */
  readonly backend: Backend
  /** A client that is not signed in; closed with the server. */
  readonly client: (options?: Partial<ConnectOptions>) => Roomlog
  /** A client that is signed in under this name. */
  readonly signedIn: (name: string, options?: Partial<ConnectOptions>) => Promise<Roomlog>
  /** Sets the clock, which stands still from then on. */
  readonly setClock: (time: number) => void
  /** Closes the clients and forgets everything: as new, at the same address. For one Roomlog and many tests. */
  readonly reset: () => Promise<void>
}

const generous = {
  RATE_POSTS: "1000000/1",
  RATE_JOINS: "1000000/1",
  RATE_UPLOADS: "1000000/1",
  RATE_SIGN_INS: "1000000/1",
  RATE_OLD_JOINS: "1000000/1",
}

/** Starts the whole system with its doors, for anybody's tests. `await using` closes it. */
export const startRoomlog = async (options: TestOptions = {}): Promise<TestRoomlog> => {
  const dataDir = await mkdtemp(join(tmpdir(), "roomlog-"))
  const read = readConfig({
    PORT: "0",
    DATA_DIR: dataDir,
    CONNECTIONS_PER_PERSON: "100000",
    ...generous,
    ...(options.databaseUrl ? { DATABASE_URL: options.databaseUrl } : {}),
    ...options.settings,
  })
  const config = { ...read, databaseDir: undefined }
  const { scope, made: database } = await opened(openDatabase(config))
  const logger = pino({ level: config.logLevel })
  let fixed = options.clock
  const now = (): number => fixed ?? Date.now()
  const start = (port: number) =>
    opened(startServer({ ...config, port }, { now, newId: ids(options.seed, now), logger, database }))
  let server = await start(config.port)
  const { url } = server.made
  const clients: Roomlog[] = []
  const stop = async () => {
    for (const made of clients.splice(0)) made.close()
    await closed(server.scope)
  }
  const client: TestRoomlog["client"] = (more = {}) => {
    const made = connect({ url, ...more })
    clients.push(made)
    return made
  }
  return {
    url,
    get backend() {
      return server.made.backend
    },
    client,
    signedIn: async (name, more) => {
      const made = client(more)
      await made.signIn(name)
      return made
    },
    setClock: (time) => {
      fixed = time
    },
    reset: async () => {
      await stop()
      await Promise.all([emptyDatabase(database), rm(dataDir, { recursive: true, force: true })])
      fixed = options.clock
      server = await start(Number(new URL(url).port))
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
      await closed(scope)
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Something open, in a scope of its own. */
const opened = async <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => {
  const scope = Effect.runSync(Scope.make())
  return { scope, made: await Effect.runPromise(Scope.provide(effect, scope)) }
}

const closed = (scope: Scope.Closeable): Promise<void> => Effect.runPromise(Scope.close(scope, Exit.void))

/** UUIDs from a seed (mulberry32), or from chance. */
const ids = (seed: number | undefined, now: () => number): (() => string) => {
  let state = seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!
  const byte = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) & 0xff
  }
  return () => uuid(now(), Uint8Array.from({ length: 10 }, byte))
}
