import { writeFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import { parseArgs } from "node:util"
import type { Bench, Lab, Row } from "./bench.ts"
import { measure } from "./measure.ts"
import { table } from "./report.ts"
import { talks } from "./talk/talk.ts"

/** What can be measured. */
const benches: ReadonlyArray<Bench> = [...talks]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    quick: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
})
const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  console.error(
    `There is no bench named ${unknown.join(", ")}. There are: ${benches.map(({ name }) => name).join(", ")}.`,
  )
  process.exit(1)
}

const lab: Lab = {
  quick: values.quick,
  seed: Number(values.seed),
  progress: (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
}
const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
console.log(`${machine}, --seed ${lab.seed}${lab.quick ? ", quick: figures mean little" : ""}\n`)

const rows: Array<Row> = []
for (const bench of benches) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) continue
  const measured = await measure(bench, lab)
  console.log(`${bench.name}: ${bench.work}\n${table(measured)}\n`)
  rows.push(...measured)
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ machine, seed: lab.seed, rows }, null, 2)}\n`)
