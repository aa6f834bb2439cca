import { type Compared, type Rebuilt, readModels, rebuild as rebuildTables } from "@roomlog/backend"
import { Effect } from "effect"
import { type Command, Misused } from "./command.ts"
import type { Io, Progress } from "./io.ts"
import { withRoomlog } from "./open.ts"

export const rebuild: Command = {
  name: "rebuild",
  wants: [],
  may: ["PROJECTION"],
  meaning: `Makes ${readModels.join(", ")}, or one of them, anew from the log, while nodes write, and puts it in place`,
  options: {
    verify: { meaning: "Only compares them with those in use, by hash; exit code 1 when they differ" },
    switch: { meaning: "With --verify: puts the new ones in place too, whatever the comparison says" },
  },
  run: async ({ config, wanted: [name], options }, io) => {
    if (name !== undefined && !readModels.includes(name))
      throw new Misused(`There is no projection "${name}" to rebuild. There are: ${readModels.join(", ")}.`)
    const only = name === undefined ? readModels : [name]
    io.giveWay?.()
    const verify = options["verify"] === true
    const isSwitched = !verify || options["switch"] === true
    const rebuilt = await withRoomlog(config(), (driver) => {
      const { onProgress, end } = shown(io)
      const work = rebuildTables(driver, { only, verify, switch: isSwitched, onProgress, stop: io.stop })
      return Effect.runPromise(work).finally(end)
    })
    return told(rebuilt, io)
  },
}

/** A bar that begins when the number of events is known. */
const shown = (io: Io) => {
  let bar: Progress | undefined
  return {
    onProgress: (done: number, total: number) => {
      bar ??= io.progress("rebuild", total)
      bar.at(done)
    },
    end: () => bar?.end(),
  }
}

const told = ({ events, took, compared, switched }: Rebuilt, io: Io): number => {
  const rate = Math.round((events / Math.max(took, 1)) * 1_000)
  io.say(`${count(events)} events folded in ${(took / 1_000).toFixed(1)} s (${count(rate)} a second)`)
  for (const table of compared) for (const line of comparison(table)) io.say(line)
  const isDifferent = compared.some(({ live, made }) => live.hash !== made.hash)
  if (switched) io.say(`The new tables are in place; writers waited ${Math.round(switched.stalled)} ms.`)
  if (isDifferent)
    io.remark(
      switched
        ? "Rows in use were wrong. Nodes that run may still have them in memory: restart one after the other."
        : "Rows in use are not what the log says. `roomlog rebuild` puts them right.",
    )
  return isDifferent && !switched ? 1 : 0
}

const comparison = ({ table, live, made, examples }: Compared): ReadonlyArray<string> => [
  `${table.padEnd(8)}  in use ${live.hash} (${count(live.rows)} rows)`,
  `${"".padEnd(8)}  log    ${made.hash} (${count(made.rows)} rows)  ${live.hash === made.hash ? "equal" : "DIFFERENT"}`,
  ...examples.map((example) => `    ${example}`),
]

const count = (n: number): string => n.toLocaleString("en")
