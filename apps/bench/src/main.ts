import { writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { append } from "./append.ts"
import { fanOut } from "./fan-out.ts"
import { type Bench, type Table, text } from "./table.ts"

/** What can be measured, by the name to call it with. */
const benches: Readonly<Record<string, Bench>> = { append, "fan-out": fanOut }

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "string" } } })
const names = positionals.length > 0 ? positionals : Object.keys(benches)
const unknown = names.filter((name) => !(name in benches))
if (unknown.length > 0) {
  console.error(`There is no bench named ${unknown.join(", ")}. There are: ${Object.keys(benches).join(", ")}.`)
  process.exit(1)
}

const results: Record<string, ReadonlyArray<Table>> = {}
for (const name of names) {
  const tables = await benches[name]!((progress) => console.error(progress))
  for (const table of tables) console.log(`${text(table)}\n`)
  results[name] = tables
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
