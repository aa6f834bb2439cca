import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { freePort, type TestPostgres } from "@roomlog/log/testing"
import { xmpp } from "../talk/xmpp.ts"
import { openDatabase } from "./database.ts"
import { endsWithUs } from "./endsWithUs.ts"
import type { System } from "./system.ts"

const schema = "/usr/share/ejabberd/sql/pg.sql"
const libraries = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"]
const library = libraries.find((folder) => existsSync(folder) && holdsEjabberd(folder))

/** Why ejabberd cannot be measured here; undefined when it can. */
export const whyNoEjabberd = (): string | undefined => {
  if (library === undefined || !existsSync(schema))
    return "ejabberd is not installed (Debian: ejabberd, erlang-p1-pgsql)"
  return existsSync("/usr/bin/erl") ? undefined : "ejabberd is installed without Erlang's /usr/bin/erl"
}

/**
 * Debian's ejabberd with rooms whose messages are archived in Postgres. It has its own configuration, spool and logs,
 * is no Erlang node that others could reach, and listens on 127.0.0.1 alone.
 */
export const startEjabberd = async (postgres: TestPostgres): Promise<System> => {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-bench-ejabberd-"))
  for (const name of ["spool", "logs"]) mkdirSync(join(folder, name))
  const database = await openDatabase(postgres)
  await database.script(readFileSync(schema, "utf8"))
  const port = await freePort()
  writeFileSync(join(folder, "ejabberd.yml"), configuration(port, new URL(database.url)))
  const child = endsWithUs(
    spawn("/usr/bin/erl", ["-noinput", "+K", "true", "+P", "250000", ...mnesia(folder), "-s", "ejabberd"], {
      cwd: join(folder, "spool"),
      stdio: "ignore",
      env: {
        ...process.env,
        HOME: folder,
        ERL_LIBS: library,
        EJABBERD_CONFIG_PATH: join(folder, "ejabberd.yml"),
        EJABBERD_LOG_PATH: join(folder, "logs", "ejabberd.log"),
      },
    }),
  )
  const gone = once(child, "exit")
  const url = `ws://127.0.0.1:${port}/ws`
  await letting(url, () => child.exitCode === null && child.signalCode === null)
  return {
    url,
    dialect: "xmpp",
    pid: child.pid!,
    databaseCpu: database.cpu,
    stored: () => database.count("archive where kind = 'groupchat'"),
    stop: async () => {
      child.kill("SIGTERM")
      await gone
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const mnesia = (folder: string) => ["-mnesia", "dir", `"${join(folder, "spool")}"`]

const configuration = (port: number, database: URL): string => `
hosts: [localhost]
loglevel: error
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /ws: ejabberd_http_ws
auth_method: [anonymous]
anonymous_protocol: sasl_anon
sql_type: pgsql
sql_server: "${database.hostname}"
sql_port: ${database.port}
sql_database: "${database.pathname.slice(1)}"
sql_username: "${database.username}"
sql_password: ""
sql_pool_size: 10
modules:
  mod_disco: {}
  mod_mam:
    db_type: sql
    default: never
  mod_muc:
    access: all
    access_create: all
    max_users: 5000
    history_size: 0
    default_room_options:
      mam: true
      persistent: true
      max_users: 5000
`

/** Waits until it lets somebody into a room: it takes connections before, and leaves them without an answer. */
const letting = async (url: string, isAlive: () => boolean): Promise<void> => {
  for (let tries = 0; tries < 200 && isAlive(); tries++) {
    const entering = xmpp.enter(url, { room: 999_999, index: tries })
    const late = pause(2_000, undefined, { ref: false })
    const seat = await Promise.race([entering, late]).catch(() => undefined)
    void entering.then(({ socket }) => socket.terminate()).catch(() => undefined)
    if (seat) return
    await pause(50)
  }
  throw new Error("ejabberd did not start")
}

function holdsEjabberd(folder: string): boolean {
  return readdirSync(folder).some((name) => name.startsWith("ejabberd-"))
}
