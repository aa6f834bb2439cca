import { type Query, renewEpoch } from "@roomlog/log"
import { operator } from "../database.ts"
import type { Command } from "./command.ts"
import { withRoomlog } from "./open.ts"

export const restored: Command = {
  name: "restored",
  wants: [],
  meaning: "Run it after a backup was restored, before any node starts: clients then load afresh what they know",
  options: {},
  run: ({ config }, io) =>
    withRoomlog(config(), async ({ query, shared }) => {
      const nodes = shared ? await connectedNodes(query) : []
      if (nodes.length > 0)
        throw new Error(
          `Nodes are running on this database (${nodes.join(", ")}), which would go on in the old life. Stop them first. (The backup may remember nodes of its last moments: then wait 15 seconds.)`,
        )
      io.say(`The log lives its life ${await renewEpoch(query)} from now on. Nodes may start.`)
      return 0
    }),
}

/** Where nodes are connected from. Those behind a pooler, or hidden from this role, are known by their sign of life. */
const connectedNodes = async (query: Query): Promise<ReadonlyArray<string>> => {
  const found = await query<{ readonly place: string }>(
    `select distinct coalesce(host(client_addr), 'this machine') as place from pg_stat_activity
     where datname = current_database() and application_name like 'roomlog%' and application_name <> $1`,
    [operator],
  )
  if (found.length > 0) return found.map(({ place }) => place)
  const living = await query<{ readonly id: string }>(
    "select id::text from node where seen_at > now() - interval '15 seconds'",
  )
  return living.map(({ id }) => id)
}
