/** What one run measured, by a name and its unit: `"echo p99, ms"`. */
export type Figures = Readonly<Record<string, number>>

/** One way of doing a case's work. */
export interface Way {
  readonly name: string
  /** Does it once, and throws when something was lost on the way. */
  readonly run: () => Promise<Figures>
}

/** What a figure of ours should be: so many times that of a reference, or by itself when there is none. */
export interface Target {
  readonly metric: string
  readonly of?: string
  readonly least?: number
  readonly most?: number
}

/** The same work done in several ways, ours first. */
export type Case = (OneByOne | Together) & {
  readonly name: string
  readonly targets: ReadonlyArray<Target>
}

interface OneByOne {
  readonly ways: ReadonlyArray<Way>
  readonly together?: undefined
}

export interface Together {
  readonly ways: ReadonlyArray<{ readonly name: string }>
  /** Does the ways of these names once each, all at the same time, and gives what each measured. */
  readonly together: (names: ReadonlyArray<string>) => Promise<ReadonlyArray<Figures>>
}

export interface Bench {
  readonly name: string
  /** What is done, in a sentence. */
  readonly work: string
  /** Sets up, gives cases one after the other, and takes down what it set up. */
  readonly cases: (lab: Lab) => AsyncGenerator<Case>
  /** How it is drawn: ways side by side, or along a line when their names are counts. */
  readonly plot?: "lines"
}

/** How to measure. */
export interface Lab {
  /** Shows only that everything runs and nothing is lost; the figures mean little. */
  readonly quick: boolean
  readonly seed: number
  /** Says what is going on. */
  readonly progress: (line: string) => void
  /** Says what readers of the results must know: what could not be measured, and why. */
  readonly note: (line: string) => void
}

/** The case without targets against ways that it does not have, as where a system is not installed. */
export const measurable = ({ targets, ...rest }: Case): Case => ({
  ...rest,
  targets: targets.filter(({ of }) => of === undefined || rest.ways.some(({ name }) => name === of)),
})

/** How many runs of a case are held against its targets, each by itself. */
export const runsOf = ({ quick }: Lab): number => (quick ? 1 : 3)

/** How often a run does a reference at most, and ours where it has none; its figures are the medians. */
export const mostTurns = 7

/** A figure of a bench, beside a reference when it has one. */
export interface Row {
  readonly bench: string
  readonly case: string
  readonly way: string
  readonly metric: string
  /** Median of the runs. */
  readonly value: number
  readonly unit: string
  readonly reference: string | null
  /** `value` as a multiple of the reference's. */
  readonly ratio: number | null
  /** What was aimed at, in words; null where nothing was, and in a quick run. */
  readonly target: string | null
  readonly met: boolean | null
  /** How many of the runs, each against the reference's run beside it, fell on the same side of the target as the median. */
  readonly agreeing: number | null
  readonly runs: number
  /** How many turns a run was of: more than one where the runs did not fall on the same side of a target at once. */
  readonly turns: number
}
