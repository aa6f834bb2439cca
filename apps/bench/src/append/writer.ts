import type { Figures } from "../bench.ts"
import { type Slice, workInSlices } from "../slices.ts"
import { emmett } from "./emmett.ts"
import { groupInsert } from "./groupInsert.ts"
import { oneByOne } from "./oneByOne.ts"
import { throughLog } from "./throughLog.ts"

// One way of appending, in a process of its own that the parent tells when to write.

/** What the parent asks for, as the first argument. */
export interface Writing {
  readonly way: "roomlog" | "group insert" | "one by one" | "emmett"
  /** A Postgres; without it an embedded database in `folder`. */
  readonly url?: string
  readonly folder: string
  readonly parts: number
}

const ways: Readonly<Record<Writing["way"], (writing: Writing, slices: AsyncIterable<Slice>) => Promise<Figures>>> = {
  roomlog: throughLog,
  "group insert": groupInsert,
  "one by one": oneByOne,
  emmett,
}

const writing = JSON.parse(process.argv[2]!) as Writing
await workInSlices((slices) => ways[writing.way](writing, slices))
