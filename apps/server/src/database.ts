import { lists } from "@roomlog/backend"
import { openPglite, openPostgres } from "@roomlog/log"
import type { Config } from "./config.ts"

/** The database that the configuration means: in memory when it names none, as in tests. */
export const openDatabase = (config: Config) => {
  const { databaseUrl: url, listenUrl, databaseConnections: connections, databaseDir } = config
  if (url !== "") return openPostgres({ url, connections, ...(listenUrl === "" ? {} : { listenUrl }) })
  return openPglite({ taken: lists, ...(databaseDir === undefined ? {} : { folder: databaseDir }) })
}

/**
 * The same for somebody at the command line: past the pooler, without time-outs, because whole tables are read, and
 * also when it is set up so that no node would start.
 */
export const openForOperator = (config: Config) => {
  const { databaseUrl, listenUrl, databaseDir } = config
  if (databaseDir !== undefined) return openPglite({ folder: databaseDir })
  return openPostgres({ url: listenUrl || databaseUrl, connections: 4, application: operator, ...patient })
}

/** What Postgres calls the connections of the command line; those of nodes are called otherwise. */
export const operator = "roomlog command line"

const patient = { statementTimeout: 0, silence: 3_600_000, allowUnsafe: true }

/** How many partitions the log is asked to have; undefined leaves it to the log. The embedded one always has one. */
export const partsOf = ({ databaseUrl, databaseParts }: Config): number | undefined =>
  databaseUrl === "" ? undefined : databaseParts
