import { mkdirSync, writeFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { append } from "./append/append.ts"
import type { Bench, Lab, Row } from "./bench.ts"
import { catchUp } from "./catch-up/catchUp.ts"
import { fanOut } from "./fan-out/fanOut.ts"
import { history } from "./history/history.ts"
import { idle } from "./idle/idle.ts"
import { measure } from "./measure.ts"
import { page } from "./page/page.ts"
import { plot } from "./plots/plot.ts"
import { rebuild } from "./rebuild/rebuild.ts"
import { markdown, table } from "./report.ts"
import { type Results, readResults, together } from "./results.ts"
import { start } from "./start/start.ts"
import { sweep } from "./sweep/sweep.ts"
import { talks } from "./talk/talk.ts"

/** What can be measured. */
const benches: ReadonlyArray<Bench> = [append, ...talks, fanOut, idle, catchUp, history, rebuild, start, page, sweep]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Results that were kept, to be shown together instead of measuring anything. */
    from: { type: "string", multiple: true },
    json: { type: "string" },
    markdown: { type: "boolean", default: false },
    plots: { type: "string" },
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

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))

const results = values.from === undefined ? await measured() : together(values.from.map(readResults))
for (const note of results.notes) console.log(note)
if (values.markdown) console.log(markdown(results.rows))
keep(results)
if (values.plots !== undefined) {
  mkdirSync(values.plots, { recursive: true })
  for (const bench of benches) {
    const own = results.rows.filter((row) => row.bench === bench.name)
    if (own.length > 0) writeFileSync(join(values.plots, `${bench.name}.svg`), plot(bench, own, results.machine))
  }
}

/** Runs what was asked for, and prints each bench's table when it is done. */
async function measured(): Promise<Results> {
  const notes: Array<string> = []
  const rows: Array<Row> = []
  const lab: Lab = {
    quick: values.quick,
    seed: Number(values.seed),
    progress: (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
    note: (line) => {
      if (!notes.includes(line)) notes.push(line)
    },
  }
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
  const soFar = (): Results => ({
    machine,
    seed: lab.seed,
    quick: lab.quick,
    at: new Date().toISOString(),
    notes,
    rows,
  })
  console.log(`${machine}, --seed ${lab.seed}${lab.quick ? ", quick: figures mean little" : ""}\n`)
  for (const bench of benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name)))
    try {
      const own = await measure(bench, lab)
      console.log(`${bench.name}: ${bench.work}\n${table(own)}\n`)
      rows.push(...own)
      keep(soFar())
    } catch (cause) {
      // The others have taken long and are worth having.
      console.error(cause)
      lab.note(`${bench.name} FAILED: ${cause instanceof Error ? cause.message : String(cause)}`)
      process.exitCode = 1
    }
  return soFar()
}

/** An hour's work is kept after each bench: whatever ends it, what was measured is there. */
function keep(results: Results): void {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
}
