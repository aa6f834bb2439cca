import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Result } from "effect"
import { expect, test } from "vitest"
import { Committer, type CommitterOptions } from "./committer.ts"
import type { Driver } from "./driver.ts"

setFlagsFromString("--expose-gc")
const collectYoung = () => runInNewContext("gc")({ type: "minor" })
const oldBytes = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")!.space_used_size

const unused = () => Promise.reject(new Error("the database was asked"))
const driver: Driver = {
  engine: "pglite",
  shared: false,
  query: unused,
  script: unused,
  transaction: unused,
  committing: { query: unused, transaction: unused },
  listen: unused,
  notify: unused,
}

/** A committer whose database takes everything at once, and knows where every stream stands. */
const committer = () => {
  const options: CommitterOptions<{ readonly text: string }, never> = {
    driver: { ...driver, committing: { ...driver.committing, query: async () => [] } },
    judge: {
      tables: [],
      batch: () => ({
        load: async () => undefined,
        judge: ({ content }) =>
          Result.succeed([{ type: "Posted", version: 1, subject: null, body: { length: content.text.length } }]),
        rows: () => new Map(),
        keep: () => undefined,
      }),
      heard: () => undefined,
      lost: () => undefined,
    },
    append: unused,
    appendJointly: async () => true,
    part: 0,
    pos: 0,
    now: () => 0,
    deliver: () => undefined,
    patience: 0,
    mayLeap: false,
    appended: undefined,
  }
  return new Committer(options)
}

test("what was answered is not kept until all of memory is looked through", async () => {
  const one = committer()
  const submit = (command: string, text: string) =>
    new Promise((answered) => one.submit({ stream: "a", actor: "b", command, content: { text } }, answered))
  const group = (name: number) =>
    Promise.all(Array.from({ length: 100 }, (_, i) => submit(`${name} ${i}`, `${i} ${"x".repeat(1_000)}`)))
  // Small collections while something is unanswered: what is known of it moves to the old part of the heap.
  const first = group(0)
  for (let i = 0; i < 3; i++) collectYoung()
  await first
  const before = oldBytes()
  for (let i = 1; i <= 400; i++) await group(i)
  const said = 400 * 100 * 1_000
  expect(oldBytes() - before).toBeLessThan(said / 2)
})
