import type { TestPostgres } from "@roomlog/log/testing"
import postgres from "postgres"
import { cpuBelow, parentOf } from "./cpu.ts"

/** An empty database for one run. */
export interface Database {
  readonly url: string
  readonly count: (what: string) => Promise<number>
  /** Runs many statements at once. */
  readonly script: (text: string) => Promise<void>
  /** CPU time of all of the Postgres server so far, in microseconds. */
  readonly cpu: () => number
  readonly close: () => Promise<void>
}

export const openDatabase = async (server: TestPostgres): Promise<Database> => {
  const url = await server.freshDatabase()
  const sql = postgres(url, { max: 1, onnotice: () => undefined })
  const [found] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`
  const postmaster = parentOf(found.pid)
  return {
    url,
    cpu: () => cpuBelow(postmaster),
    count: async (what) => {
      const [counted] = await sql.unsafe<Array<{ n: number }>>(`select count(*)::int as n from ${what}`)
      return counted!.n
    },
    script: async (text) => {
      await sql.unsafe(text).simple()
    },
    close: () => sql.end({ timeout: 1 }),
  }
}
