import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { Random } from "./random.ts"
import { type Row, together } from "./row.ts"

/** A way to hurt the system, and how to see whether it kept its promises. */
export interface Fault {
  /** As numbered in the fault table of the design. */
  readonly id: string
  readonly title: string
  /** How often it is done: in every test run, and in the long one. */
  readonly figures: { readonly first: number; readonly long: number }
  /** How often at most in one round, which has a fresh database and ends with the check of everything. */
  readonly perRound: number
  /** Seconds in which a round must end, on a slow machine. */
  readonly seconds: number
  /** Why it cannot be done here; undefined when it can. */
  readonly impossible?: () => string | undefined
  /** Milliseconds within which all must be well after a harm, by the design. */
  readonly promised?: number
  /** Throws when the harm was not felt: a fault that did nothing shows nothing. */
  readonly round: (round: Round) => Promise<Row>
}

/** What a round is given. */
export interface Round {
  readonly count: number
  readonly isLong: boolean
  readonly random: Random
  /** Ends, last first, whatever was opened. */
  readonly ending: AsyncDisposableStack
  /** Tells whoever watches how far it is. */
  readonly said: (text: string) => void
  /** Ends the round: something happened that nobody did. */
  readonly broken: (problem: string) => void
  /** The Postgres that all rounds share. */
  readonly postgres: () => Promise<TestPostgres>
  /** An empty folder, gone after the round. */
  readonly folder: () => Promise<string>
}

/** Where faults are done: one Postgres for all, started when it is first asked for. */
export class Laboratory implements AsyncDisposable {
  #postgres: Promise<TestPostgres> | undefined
  #ending: AsyncDisposableStack | undefined

  /** Does a fault so many times, in rounds. The same seed does the same. */
  async run(fault: Fault, how: Doing): Promise<Row> {
    const { seed, isLong, said = () => undefined } = how
    const wanted = how.times ?? fault.figures[isLong ? "long" : "first"]
    const rows: Row[] = []
    for (let left = wanted; left > 0; left -= fault.perRound) {
      said(`${fault.id} ${wanted - left} of ${wanted}`)
      const count = Math.min(left, fault.perRound)
      const random = new Random(seed + rows.length)
      rows.push(await this.#round(fault, { count, isLong, random, said: (text) => said(`${fault.id}   ${text}`) }))
    }
    return together(rows)
  }

  /** Ends everything that was started, also in the middle of a round. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ending?.disposeAsync()
    const postgres = this.#postgres
    this.#postgres = undefined
    await (await postgres)?.stop("immediate")
  }

  async #round(fault: Fault, given: Pick<Round, "count" | "isLong" | "random" | "said">): Promise<Row> {
    await using ending = new AsyncDisposableStack()
    this.#ending = ending
    const late = Promise.withResolvers<never>()
    const clock = setTimeout(
      () => late.reject(new Error(`a round took over ${fault.seconds} s`)),
      fault.seconds * 1_000,
    )
    ending.defer(() => clearTimeout(clock))
    const postgres = () => (this.#postgres ??= startPostgres())
    const broken = (problem: string): void => late.reject(new Error(problem))
    const round: Round = { ...given, ending, broken, postgres, folder: () => folder(ending) }
    return await Promise.race([fault.round(round), late.promise])
  }
}

/** With which seed and figure a fault is done, and who is told how far it is. */
export interface Doing {
  readonly seed: number
  readonly isLong: boolean
  /** How often, if not as often as the figure says. */
  readonly times?: number | undefined
  readonly said?: (text: string) => void
}

const folder = async (ending: AsyncDisposableStack): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), "roomlog-fault-"))
  ending.defer(() => rm(made, { recursive: true, force: true }))
  return made
}

/** Fails when a harm was not felt. */
export const felt = (isSo: boolean, what: string): void => {
  if (!isSo) throw new Error(`the fault did nothing: ${what}`)
}
