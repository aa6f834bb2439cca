import type { Figures } from "../bench.ts"
import { emmett } from "./emmett.ts"
import { groupInsert } from "./groupInsert.ts"
import { oneByOne } from "./oneByOne.ts"
import { throughLog } from "./throughLog.ts"

// One way of appending, in a process of its own: what it measured is told to the parent.

/** What the parent asks for, as the first argument. */
export interface Writing {
  readonly way: "roomlog" | "group insert" | "one by one" | "emmett"
  /** A Postgres; without it an embedded database in `folder`. */
  readonly url?: string
  readonly folder: string
  readonly parts: number
  /** Seconds that are measured, after as many to warm up: Node compiles what it does often. */
  readonly seconds: number
}

const ways: Readonly<Record<Writing["way"], (writing: Writing) => Promise<Figures>>> = {
  roomlog: throughLog,
  "group insert": groupInsert,
  "one by one": oneByOne,
  emmett,
}

const writing = JSON.parse(process.argv[2]!) as Writing
const figures = await ways[writing.way](writing)
process.send!(figures, () => process.exit(0))
