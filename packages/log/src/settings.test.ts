import { describe, expect, test } from "vitest"
import { type Settings, whatIsImpossible, whatIsWrong } from "./settings.ts"

const good: Settings = {
  version: 180_004,
  encoding: "UTF8",
  isolation: "read committed",
  fsync: "on",
  commit: "on",
  readOnly: false,
  timeouts: true,
}

describe("a Postgres is asked what it is set to", () => {
  test("and taken as it comes from the box", () => expect(whatIsWrong(good)).toEqual([]))
  test.each(["on", "local", "remote_write", "remote_apply"])("and may commit as %s", (commit) =>
    expect(whatIsWrong({ ...good, commit })).toEqual([]),
  )
  test("and may be as old as 15.0", () => expect(whatIsWrong({ ...good, version: 150_000 })).toEqual([]))

  test.each<[why: string, what: Partial<Settings>, whatToDo: RegExp]>([
    ["is too old", { version: 140_019 }, /Upgrade it/],
    ["cannot hold every text", { encoding: "SQL_ASCII" }, /create database .* encoding 'UTF8'/],
    ["repeats its reads", { isolation: "repeatable read" }, /default_transaction_isolation = 'read committed'/],
    ["serializes", { isolation: "serializable" }, /"serializable"/],
    ["is a standby", { readOnly: true }, /Use the primary/],
    ["waits for ever behind a pooler", { timeouts: false }, /roomlog migrate --role NAME/],
    ["never syncs", { fsync: "off" }, /Set fsync = on/],
    ["says yes too early", { commit: "off" }, /set synchronous_commit = 'on'/],
  ])("but refused with a way out when it %s", (_, what, whatToDo) => {
    const [sentence, ...more] = whatIsWrong({ ...good, ...what })
    expect(sentence).toMatch(whatToDo)
    expect(more).toEqual([])
  })

  test("and everything is said at once", () =>
    expect(whatIsWrong({ ...good, version: 90_600, fsync: "off", commit: "off" })).toHaveLength(3))
  test("and tests may risk what only a crash would show, and nothing else", () => {
    expect(whatIsImpossible({ ...good, fsync: "off", commit: "off" })).toEqual([])
    expect(whatIsImpossible({ ...good, isolation: "serializable" })).toHaveLength(1)
  })
})
