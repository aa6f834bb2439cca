import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { startNats, startPostgres, whyNoNats } from "@roomlog/log/testing"
import { secretOf } from "../apps/server/src/secret.ts"
import { type Cluster, startCluster } from "../tests/cluster/cluster.ts"
import type { ServerProcess } from "../tests/serverProcess.ts"

/** Milliseconds that a dead node stays away, so that one sees what the others do. */
const away = 3_000
const folder = join(import.meta.dirname, "../data/cluster")

const { values } = understood()
const [nodes, port] = [Number(values.nodes), Number(values.port)]
if (!(Number.isInteger(nodes) && nodes >= 1 && nodes <= 9)) fail("--nodes must be a number from 1 to 9")
if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) fail("--port must be a number from 0 to 65535")
const missing = values.nats ? whyNoNats() : undefined
if (missing !== undefined) fail(`--nats: ${missing}`)

await mkdir(folder, { recursive: true })
const secret = await secretOf({ secret: "", dataDir: folder })
const postgres = await startPostgres({}, join(folder, "postgres"))
const nats = values.nats ? await startNats() : undefined
const cluster = await startCluster({
  nodes,
  port,
  databaseUrl: postgres.url,
  dataDir: folder,
  settings: { SECRET: secret },
  ...(nats === undefined ? {} : { natsUrl: nats.url }),
}).catch(async (problem) => {
  await Promise.all([postgres.stop(), nats?.kill()])
  fail(problem instanceof Error ? problem.message : String(problem))
})
let isEnding = false
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void end())
process.stdout.write(welcome(cluster))
for (const node of cluster.nodes) void watch(node)

/** Starts a node again whenever it died. */
async function watch(node: ServerProcess): Promise<void> {
  while (!isEnding) {
    const why = await node.gone()
    if (isEnding) return
    process.stdout.write(`${name(node)} ended (${why}); it starts again in ${away / 1_000} seconds\n`)
    await new Promise((resolve) => setTimeout(resolve, away))
    if (isEnding) return
    await node.start().then(
      () => process.stdout.write(`${name(node)} is back: pid ${node.pid}\n`),
      (problem: Error) => process.stderr.write(`${name(node)}: ${problem.message}\n`),
    )
  }
}

/** Ends all of it in order. */
async function end(): Promise<void> {
  if (isEnding) return
  isEnding = true
  process.stdout.write("\nending\n")
  await cluster.stop()
  await Promise.all([postgres.stop(), nats?.kill()])
  process.exit(0)
}

function welcome({ url, nodes: started }: Cluster): string {
  const pids = started.map((node) => `  ${name(node)}    pid ${node.pid}, ${node.url}`)
  return `Roomlog runs on ${started.length} nodes behind ${url}
${pids.join("\n")}
  Postgres  ${postgres.url}
  messages  ${nats === undefined ? "between nodes go by Postgres" : `between nodes go by ${nats.url}`}
  data      ${folder} (kept for the next time)

Open ${url} in two browsers, write in both, then try:
  kill -9 ${started[0]!.pid}    the page says "reconnecting" for a moment and goes on at another node, with nothing lost
  kill ${started[0]!.pid}       the node ends in order, as in an upgrade: nobody notices
A node that ended starts again by itself. Ctrl-C ends all.
`
}

function name(node: ServerProcess): string {
  return `node ${cluster.nodes.indexOf(node) + 1}`
}

function understood() {
  try {
    return parseArgs({
      options: {
        nodes: { type: "string", default: "3" },
        port: { type: "string", default: "8000" },
        nats: { type: "boolean", default: false },
      },
    })
  } catch (problem) {
    return fail(`${problem instanceof Error ? problem.message : problem} There are --nodes N, --port N and --nats.`)
  }
}

function fail(problem: string): never {
  process.stderr.write(`${problem}\n`)
  process.exit(1)
}
