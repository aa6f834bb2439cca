import { rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Session } from "@roomlog/schemas"
import { ask, Refused, tell } from "./ask.ts"
import { lookingInto } from "./database.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import { startNodes } from "./nodes.ts"
import type { Random } from "./random.ts"
import { both, type Row, wrong } from "./row.ts"
import type { Clock } from "./shiftedClock.ts"
import { Stage } from "./stage.ts"

const hour = 3_600_000

/** F14: clocks of nodes jump by an hour, forth and back, and stand still. */
export const wrongClocks: Fault = {
  id: "F14",
  title: "clocks that jump by an hour or stand still",
  figures: { first: 12, long: 200 },
  perRound: 50,
  seconds: 300,
  round: async (round: Round): Promise<Row> => {
    const { random } = round
    const url = await (await round.postgres()).freshDatabase()
    const folder = await round.folder()
    const clocks = [0, 1, 2].map((i) => new ClockFile(join(folder, `clock-${i}`)))
    await Promise.all(clocks.map((clock) => clock.set({ by: 0 })))
    const preload = `--import=${new URL("shiftedClock.ts", import.meta.url).href}`
    const settings = clocks.map(({ file }) => ({ DATABASE_URL: url, NODE_OPTIONS: preload, CLOCK_FILE: file }))
    const nodes = await startNodes(round, settings)
    const urls = nodes.map((node) => node.url)
    const stage = await Stage.open(round, { urls, writers: 48 })
    const problems: string[] = []
    const done: Record<string, number> = {}
    for (let n = 0; n < round.count; n++) {
      const [what, clock] = clockOf(n, random)
      await clocks[random.below(clocks.length)]!.set(clock)
      done[what] = (done[what] ?? 0) + 1
      await stage.writers.more(60)
      stage.moveSomebody()
      problems.push(...(await namesOn(urls, n)))
    }
    const seen = await lookingInto(url, jumpsIn)
    felt(seen.back > 0, "no room's times ever go back")
    felt(seen.equal > 1, "no two events have the same time")
    const verdict = both(await stage.finish(url), wrong(...problems))
    return {
      done: { ...done, "times going back": seen.back },
      verdict,
      recovered: [],
      note: `${seen.equal} events in one millisecond`,
    }
  },
}

/** A node's clock, as a file that the node looks at. */
class ClockFile {
  readonly file: string

  constructor(file: string) {
    this.file = file
  }

  async set(clock: Clock): Promise<void> {
    await writeFile(`${this.file}.new`, JSON.stringify(clock))
    await rename(`${this.file}.new`, this.file)
  }
}

const clockOf = (n: number, random: Random): readonly [what: string, clock: Clock] => {
  if (n % 3 === 0) return ["clocks stopped", { at: Date.now() + random.pick([-hour, 0, hour]) }]
  return ["jumps", { by: random.pick([-hour, -1_000, 0, hour]) }]
}

/** Whatever the clocks say: a new name is free, on another node it is taken then, and its session is known there. */
const namesOn = async (urls: ReadonlyArray<string>, n: number): Promise<ReadonlyArray<string>> => {
  const [here, there] = [urls[n % urls.length]!, urls[(n + 1) % urls.length]!]
  const name = `Guest ${n}`
  try {
    const { token } = await tell<Session>({ url: here }, "identity.signIn", { name })
    const me = await ask<{ readonly name: string } | null>({ url: there, token }, "identity.me", {})
    const again = await tell({ url: there }, "identity.signIn", { name }).then(
      () => "it was given twice",
      (no) => (no instanceof Refused && no.rejection._tag === "NameInUse" ? undefined : String(no)),
    )
    return [
      ...(me?.name === name ? [] : [`${name}'s session is not known on another node`]),
      ...(again === undefined ? [] : [`the name ${name} is held: ${again}`]),
    ]
  } catch (cause) {
    return [`${name} could not sign in: ${cause}`]
  }
}

/** How often a room's times go back, and how many of its events have one and the same time. */
const jumpsIn: Parameters<typeof lookingInto<{ readonly back: number; readonly equal: number }>>[1] = async (query) => {
  const [found] = await query<{ readonly back: number; readonly equal: number }>(
    `select (select count(*)::int from (select at - lag(at) over (partition by stream_id order by seq) as step from event) steps where step < -1000000) as back,
      (select max(n)::int from (select count(*) as n from event group by stream_id, at) times) as equal`,
  )
  return found!
}
