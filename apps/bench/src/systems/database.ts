import type { TestPostgres } from "@roomlog/log/testing"
import postgres from "postgres"
import { cpuBelow, parentOf } from "./cpu.ts"

/** A database for one run, empty at first. */
export interface Database {
  readonly url: string
  readonly count: (what: string) => Promise<number>
  /** Runs many statements at once. */
  readonly script: (text: string) => Promise<void>
  /** CPU time of all of the Postgres server so far, in microseconds. */
  readonly cpu: () => number
  /** Deletes it, so that vacuuming it is no part of the next run. */
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
    close: async () => {
      await sql.end({ timeout: 1 })
      await server.dropDatabase(url)
    },
  }
}
