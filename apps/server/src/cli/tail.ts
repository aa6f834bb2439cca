import { type Query, readPart, readStream, type Stored } from "@roomlog/log"

/** After which event to go on, in a stream or in a partition. */
export type Place =
  | { readonly stream: string; readonly after: number }
  | { readonly part: number; readonly after: number }

/** Reads the next events after a place. */
export type Pages = (place: Place, limit: number) => Promise<ReadonlyArray<Stored>>

/** The pages of a log. */
export const pagesOf =
  (query: Query): Pages =>
  (place, limit) =>
    "stream" in place ? readStream(query, { ...place, limit }) : readPart(query, { ...place, limit })

/**
 * Reads on from these places: each call gives what comes next, by time between the places and in order in each, and
 * nothing when there is no more for now.
 */
export const takeFrom = (pages: Pages, places: ReadonlyArray<Place>): (() => Promise<ReadonlyArray<Stored>>) => {
  const runs = places.map((place): Run => ({ place, waiting: [], mayGoOn: true }))
  return async () => {
    await Promise.all(runs.filter(({ waiting }) => waiting.length === 0).map((run) => fill(pages, run)))
    return merged(runs)
  }
}

const page = 500

/** What was read of one place and not given yet, the next one last. */
interface Run {
  place: Place
  waiting: Array<Stored>
  mayGoOn: boolean
}

const fill = async (pages: Pages, run: Run): Promise<void> => {
  const { place } = run
  const events = await pages(place, page)
  const last = events.at(-1)
  if (last !== undefined) run.place = { ...place, after: "stream" in place ? last.seq : last.pos }
  run.waiting = events.toReversed()
  run.mayGoOn = events.length === page
}

/** Always the oldest of the fronts, until a run is used up that may go on. */
const merged = (runs: ReadonlyArray<Run>): ReadonlyArray<Stored> => {
  const taken: Array<Stored> = []
  for (;;) {
    const oldest = oldestFront(runs)
    if (oldest === undefined) return taken
    taken.push(oldest.waiting.pop()!)
    if (oldest.waiting.length === 0 && oldest.mayGoOn) return taken
  }
}

const oldestFront = (runs: ReadonlyArray<Run>): Run | undefined =>
  runs
    .filter(({ waiting }) => waiting.length > 0)
    .reduce<Run | undefined>((oldest, run) => (oldest && frontOf(oldest) <= frontOf(run) ? oldest : run), undefined)

const frontOf = ({ waiting }: Run): number => waiting.at(-1)!.at
