import { parseArgs } from "node:util"
import { Laboratory } from "./fault.ts"
import { faults } from "./faults.ts"
import { isClean, type Row, table } from "./row.ts"

const { values } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    times: { type: "string" },
    help: { type: "boolean", default: false },
  },
})
if (values.help) {
  console.log("npm run test:faults -- [--long] [--only F1,F3] [--seed N] [--times N]")
  process.exit(0)
}
const wanted = values.only.split(",").filter((id) => id !== "")
const unknown = wanted.filter((id) => !faults.some((fault) => fault.id === id))
if (unknown.length > 0) throw new Error(`there is no fault ${unknown}; there are ${faults.map(({ id }) => id)}`)
const chosen = faults.filter(({ id }) => wanted.length === 0 || wanted.includes(id))
const seed = Number(values.seed)
const times = values.times === undefined ? undefined : Number(values.times)

console.log(`${values.long ? "the long figures" : "the first figures"}, --seed ${seed}`)
const rows: Array<readonly [string, Row | string]> = []
await using laboratory = new Laboratory()
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop)
for (const fault of chosen) {
  const why = fault.impossible?.()
  if (why !== undefined) {
    rows.push([`${fault.id} ${fault.title}`, `skipped: ${why}`])
    continue
  }
  const began = performance.now()
  const row = await laboratory.run(fault, { seed, isLong: values.long, times, said: progress }).catch(failed)
  progress(`${fault.id} took ${Math.round((performance.now() - began) / 1_000)} s`)
  rows.push([`${fault.id} ${fault.title}`, row])
}
console.log(`\n${table(rows)}`)

/** Ends what was started, and in ten seconds at most this process, with which all of it ends. */
function stop(): void {
  setTimeout(() => process.exit(1), 10_000)
  void laboratory[Symbol.asyncDispose]().finally(() => process.exit(1))
}

function progress(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)
}

/** A round that broke is a failed one; the others go on. */
function failed(cause: unknown): string {
  process.exitCode = 1
  console.error(cause)
  return `failed: ${(cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0]}`
}

for (const [fault, row] of rows) {
  if (typeof row === "string" || isClean(row.verdict)) continue
  process.exitCode = 1
  console.log(`\n${fault}:\n  ${row.verdict.problems.join("\n  ")}`)
}
