import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { ServerProcess } from "../serverProcess.ts"
import { type Balancer, startBalancer } from "./balancer.ts"

/** Several nodes on one Postgres behind a balancer, each in a process of its own. */
export interface Cluster {
  /** The balancer's address. */
  readonly url: string
  readonly databaseUrl: string
  readonly nodes: ReadonlyArray<ServerProcess>
  readonly balancer: Balancer
  /** The Postgres that was started for it; undefined when an address was given. */
  readonly postgres: TestPostgres | undefined
  /** Ends everything that was started, in order. */
  readonly stop: () => Promise<void>
}

export interface ClusterSources {
  readonly nodes: number
  /** Settings of every node, by the names of the README's table. */
  readonly settings?: Readonly<Record<string, string>>
  /** Settings of one node, by its number from 0: a proxy's address before its database, for example. */
  readonly settingsOf?: (node: number) => Readonly<Record<string, string>>
  /** A database to use; without it a Postgres is started. */
  readonly databaseUrl?: string
  readonly natsUrl?: string
  /** Partitions of the log. */
  readonly parts?: number
  /** Folder of the images, kept; without it a temporary one. */
  readonly dataDir?: string
  /** Port of the balancer; without it a free one. */
  readonly port?: number
}

/** The database remembers the secret of its nodes, so every cluster on one has the same. */
const secret = "the secret of clusters in tests, known to all"

/** Starts a cluster; resolves when every node listens. */
export const startCluster = async (sources: ClusterSources): Promise<Cluster> => {
  const undo: Array<() => Promise<unknown>> = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    return await assembled(sources, undo, stop)
  } catch (problem) {
    await stop()
    throw problem
  }
}

const assembled = async (
  sources: ClusterSources,
  undo: Array<() => Promise<unknown>>,
  stop: () => Promise<void>,
): Promise<Cluster> => {
  const dataDir = sources.dataDir ?? (await mkdtemp(join(tmpdir(), "roomlog-cluster-")))
  if (sources.dataDir === undefined) undo.push(() => rm(dataDir, { recursive: true, force: true }))
  const postgres = sources.databaseUrl === undefined ? await startPostgres() : undefined
  if (postgres !== undefined) undo.push(() => postgres.stop("immediate"))
  const databaseUrl = sources.databaseUrl ?? (await postgres!.freshDatabase())

  const common = {
    DATABASE_URL: databaseUrl,
    SECRET: secret,
    TRUSTED_PROXIES: "127.0.0.1",
    LOG_LEVEL: "warn",
    ...(sources.natsUrl === undefined ? {} : { NATS_URL: sources.natsUrl }),
    ...(sources.parts === undefined ? {} : { DATABASE_PARTITIONS: String(sources.parts) }),
    ...sources.settings,
  }
  const settings = (node: number) => ({ ...common, NODE_NAME: `node-${node + 1}`, ...sources.settingsOf?.(node) })
  const numbers = Array.from({ length: sources.nodes }, (_, node) => node)
  const nodes = await Promise.all(numbers.map((node) => ServerProcess.prepare(dataDir, settings(node))))
  const port = sources.port === undefined ? {} : { port: sources.port }
  const balancer = await startBalancer({ nodes: nodes.map(({ url }) => url), ...port })
  undo.push(() => balancer.close())
  undo.push(() => Promise.all(nodes.map((node) => node.stop())))
  // The address that people see: uploads come back through the balancer, whatever node they began at.
  await Promise.all(nodes.map((node) => node.start({ PUBLIC_URL: balancer.url, ...sources.settings })))
  return { url: balancer.url, databaseUrl, nodes, balancer, postgres, stop }
}
