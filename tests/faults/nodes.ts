import { tmpdir } from "node:os"
import { join } from "node:path"
import { ServerProcess } from "../serverProcess.ts"
import type { Round } from "./fault.ts"

export type { ServerProcess } from "../serverProcess.ts"

/** Settings under which a hundred writers at one address are nobody's abuse. */
const generous = {
  RATE_POSTS: "1000000/1",
  RATE_JOINS: "1000000/1",
  RATE_SIGN_INS: "1000000/1",
  CONNECTIONS_PER_PERSON: "1000",
  SECRET: "one secret that all of the nodes share",
  LOG_LEVEL: "silent",
  // Nodes start again and again: what was compiled once is compiled.
  NODE_COMPILE_CACHE: join(tmpdir(), "roomlog-compiled"),
}

/** Starts a node for each of the settings, all at once, as a cluster comes up. They are killed after the round. */
export const startNodes = async (
  round: Round,
  settings: ReadonlyArray<Readonly<Record<string, string>>>,
): Promise<ReadonlyArray<ServerProcess>> => {
  const folder = await round.folder()
  const start = async (own: Readonly<Record<string, string>>, i: number): Promise<ServerProcess> => {
    const node = await ServerProcess.prepare(join(folder, `node-${i}`), { ...generous, NODE_NAME: `node-${i}`, ...own })
    round.ending.defer(() => node.kill())
    await node.start()
    watch(node, round)
    return node
  }
  return Promise.all(settings.map(start))
}

/** A node that ends without having been killed breaks the round. */
const watch = (node: ServerProcess, { ending, broken }: Round): void => {
  const look = setInterval(async () => {
    if (node.isRunning) return
    const code = await node.gone()
    if (typeof code === "number" && code !== 0)
      broken(`a node ended by itself with ${code}: ${node.output.slice(-600)}`)
  }, 200)
  ending.defer(() => clearInterval(look))
}

/** So many nodes on one database. */
export const startNodesOn = (round: Round, databaseUrl: string, count = 3): Promise<ReadonlyArray<ServerProcess>> =>
  startNodes(
    round,
    Array.from({ length: count }, () => ({ DATABASE_URL: databaseUrl })),
  )
