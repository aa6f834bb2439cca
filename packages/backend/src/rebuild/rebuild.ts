import { DatabaseError, type Driver, readHeads } from "@roomlog/log"
import { Data, Effect } from "effect"
import { type Compared, compare } from "./compare.ts"
import { type AlreadyRebuilding, alone, type Desks } from "./desks.ts"
import { Making } from "./making.ts"
import type { PoisonEvent } from "./poison.ts"
import { type CannotSwitch, catchUpClose, type Switched, switchOver } from "./switch.ts"
import { completeBeside, dropBeside, makeBeside, names } from "./tablesBeside.ts"

export interface RebuildOptions {
  /** Compares the live tables with what the log makes of them. */
  readonly verify: boolean
  /** The tables to compare and to put in place; all of them when left out. */
  readonly only?: ReadonlyArray<string>
  /** Puts the new tables into the place of the live ones, whatever the comparison says. */
  readonly switch: boolean
  /** Told how many events of how many are folded. */
  readonly onProgress?: (done: number, total: number) => void
  /** Ends it when aborted. */
  readonly stop?: AbortSignal
  /** How long to try for the moment of the switch, in milliseconds. */
  readonly patience?: number
  /** How many messages it remembers beside the one that it folds. */
  readonly remembered?: number
}

/** What a rebuild did. */
export interface Rebuilt {
  readonly events: number
  /** From the first event to tables that are complete, in milliseconds. */
  readonly took: number
  /** One for each table; empty without `verify`. */
  readonly compared: ReadonlyArray<Compared>
  readonly switched: Switched | undefined
}

/** It was told to stop. The live tables are as they were. */
export class Stopped extends Data.TaggedError("Stopped")<{ readonly message: string }> {}

/**
 * Makes the read models that appends write anew, from the log alone and beside the live ones, while nodes go on
 * writing. A failure at any moment leaves the live tables as they were.
 */
export const rebuild = (driver: Driver, options: RebuildOptions): Effect.Effect<Rebuilt, Known> =>
  Effect.tryPromise({
    try: () => alone(driver, (desks) => rebuildAlone(desks, options)),
    catch: (cause) => (isKnown(cause) ? cause : new DatabaseError({ code: "unknown", message: String(cause), cause })),
  })

const rebuildAlone = async (desks: Desks, options: RebuildOptions): Promise<Rebuilt> => {
  const { only = names, onProgress = () => undefined, stop, patience = 120_000, remembered = 50_000 } = options
  const heads = await readHeads(desks.query)
  const total = heads.reduce((sum, { pos }) => sum + pos, 0)
  let done = 0
  const making = new Making((events) => {
    done += events
    if (stop?.aborted) throw new Stopped({ message: "Stopped. The live tables are as they were." })
    onProgress(done, Math.max(total, done))
  }, remembered)
  const began = performance.now()
  await desks.transaction((desk) => makeBeside(desk.query))
  try {
    await making.fill(desks, heads)
    await desks.transaction((desk) => completeBeside(desk.query, options.switch ? only : []))
    const took = performance.now() - began
    const compared = options.verify ? await verify(desks, making, only) : []
    const switched = options.switch ? await switchOver(desks, making, { only, patience }) : undefined
    return { events: done, took, compared, switched }
  } finally {
    await desks.transaction((desk) => dropBeside(desk.query)).catch(() => undefined)
  }
}

/** Compares in one moment: the live tables are then exactly what the log says up to the heads of that moment. */
const verify = async (desks: Desks, making: Making, only: ReadonlyArray<string>): Promise<ReadonlyArray<Compared>> => {
  await catchUpClose(desks, making)
  return desks.moment(async (live) => {
    await making.catchUp(desks, await readHeads(live))
    return desks.together((made) => compare({ live, made }, only))
  })
}

type Known = AlreadyRebuilding | PoisonEvent | CannotSwitch | Stopped | DatabaseError
const known: ReadonlySet<unknown> = new Set([
  "AlreadyRebuilding",
  "PoisonEvent",
  "CannotSwitch",
  "Stopped",
  "DatabaseError",
])
const isKnown = (cause: unknown): cause is Known =>
  typeof cause === "object" && cause !== null && "_tag" in cause && known.has(cause._tag)
