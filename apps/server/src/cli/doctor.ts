import type { Driver } from "@roomlog/log"
import type { Config } from "../config.ts"
import type { Command } from "./command.ts"
import { databaseFindings } from "./doctorDatabase.ts"
import { logFindings, projectionFindings } from "./doctorLog.ts"
import { mediaFindings } from "./doctorMedia.ts"
import { count } from "./lines.ts"
import { withRoomlog } from "./open.ts"

/** Something that the doctor looked at. A note is worth knowing and no illness. */
export interface Finding {
  readonly is: "well" | "note" | "wrong"
  /** What was found; where it is wrong, also what to do. */
  readonly text: string
}

/** Looks at one side of a Roomlog. */
export type Examination = (driver: Driver, config: Config) => Promise<ReadonlyArray<Finding>>

const examinations: Readonly<Record<string, Examination>> = {
  database: databaseFindings,
  log: logFindings,
  projections: projectionFindings,
  images: mediaFindings,
}

export const doctor: Command = {
  name: "doctor",
  wants: [],
  meaning: "Looks for what is wrong and says what to do; reads everything and changes nothing",
  options: {},
  run: ({ config: read }, io) => {
    const config = read()
    return withRoomlog(config, async (driver) => {
      let wrong = 0
      const progress = io.progress("examine", Object.keys(examinations).length)
      for (const [i, [name, examine]] of Object.entries(examinations).entries()) {
        progress.at(i)
        const findings = await examine(driver, config).catch(illness)
        progress.end()
        for (const { is, text } of findings) io.say(`${marks[is]} ${name.padEnd(11)} ${text}`)
        wrong += findings.filter(({ is }) => is === "wrong").length
      }
      io.say(wrong === 0 ? "Nothing is wrong." : `Wrong: ${count(wrong)}.`)
      return wrong === 0 ? 0 : 1
    })
  },
}

/** What cannot even be looked at is no reason to look at nothing else. */
const illness = (cause: unknown): ReadonlyArray<Finding> => [
  { is: "wrong", text: cause instanceof Error ? cause.message : String(cause) },
]

const marks = { well: "ok   ", note: "note ", wrong: "WRONG" } as const
