import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePort } from "./testing-ports.ts"

/** A real PgBouncer in transaction mode. It ends with this process. */
export interface TestPgbouncer {
  /** The same database through the pooler. */
  readonly through: (url: string) => string
  readonly stop: () => Promise<void>
}

/** Why tests with PgBouncer cannot run here, if they cannot. */
export const whyNoPgbouncer = (): string | undefined =>
  spawnSync(program, ["--version"]).status === 0
    ? undefined
    : "skipped: there is no pgbouncer here (Debian: apt-get install pgbouncer)"

/** Starts one before this Postgres, for these roles. It has three connections, so that its clients really share them. */
export const startPgbouncer = async (url: string, roles: ReadonlyArray<string>): Promise<TestPgbouncer> => {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-pgbouncer-"))
  const port = await freePort()
  const users = join(folder, "users.txt")
  writeFileSync(users, roles.map((role) => `"${role}" ""\n`).join(""))
  const settings = join(folder, "pgbouncer.ini")
  writeFileSync(settings, settingsText(new URL(url), port, users))
  if (isRoot) chownSync(folder, nobody, nobody)
  const child = await listening(settings)
  const onExit = () => child.kill("SIGKILL")
  process.once("exit", onExit)
  return {
    through: (direct) => {
      const address = new URL(direct)
      address.port = String(port)
      return address.href
    },
    stop: async () => {
      process.off("exit", onExit)
      const gone = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGTERM")
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const program = "pgbouncer"

/** PgBouncer refuses to run as root. */
const isRoot = process.getuid?.() === 0
const nobody = 65_534

/** Whoever connects is believed, as with the Postgres of tests. */
const settingsText = ({ hostname, port }: URL, own: number, users: string): string => `[databases]
* = host=${hostname} port=${port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = transaction
default_pool_size = 3
max_client_conn = 500
`

const listening = (settings: string): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const as = isRoot ? { uid: nobody, gid: nobody } : {}
    const child = spawn(program, [settings], { ...as, stdio: ["ignore", "ignore", "pipe"] })
    let said = ""
    child.stderr.on("data", (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000)
      if (said.includes("process up")) resolve(child)
    })
    child.once("error", reject)
    child.once("exit", () => reject(new Error(`pgbouncer ended: ${said}`)))
  })
