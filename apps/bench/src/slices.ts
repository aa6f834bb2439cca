import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Figures, Together } from "./bench.ts"
import { endsWithUs } from "./systems/endsWithUs.ts"

/** A while in which to work. */
export interface Slice {
  /** By the clock of `performance.now`: what is begun before is finished, nothing is begun after it. */
  readonly ends: number
  /** False while Node still compiles what is done often. */
  readonly isMeasured: boolean
}

/** How long each way warms up, and in how many slices of what length it is measured, all in milliseconds. */
export interface Plan {
  readonly warmUp: number
  readonly slice: number
  readonly slices: number
}

/** A way that works whenever it is told to. */
export interface Sliced {
  readonly name: string
  readonly start: () => Promise<Worker>
}

export interface Worker {
  readonly work: (order: Order) => Promise<void>
  /** What it measured in all its slices; throws when something was lost. */
  readonly end: () => Promise<Figures>
  /** Takes down what it needed, however it went. */
  readonly leave: () => Promise<void>
}

interface Order {
  readonly milliseconds: number
  readonly isMeasured: boolean
}

/** What a worker says: that it has done its slice, or what it measured at the end. */
type Said = "done" | Figures

/**
 * A case's ways in short slices, one after the other and again. The speed of a shared machine changes by a third within
 * seconds: what is measured half a second apart has it in common.
 */
export const inSlices = (ways: ReadonlyArray<Sliced>, plan: Plan): Together => ({
  ways,
  together: (names) =>
    sliced(
      ways.filter(({ name }) => names.includes(name)),
      plan,
    ),
})

/** Does these ways once each. */
export const sliced = async (
  ways: ReadonlyArray<Sliced>,
  { warmUp, slice, slices }: Plan,
): Promise<ReadonlyArray<Figures>> => {
  const workers: Array<Worker> = []
  try {
    for (const way of ways) {
      const worker = await way.start()
      workers.push(worker)
      await worker.work({ milliseconds: warmUp, isMeasured: false })
    }
    for (let i = 0; i < slices; i++)
      for (const worker of workers) await worker.work({ milliseconds: slice, isMeasured: true })
    const figures: Array<Figures> = []
    for (const worker of workers) figures.push(await worker.end())
    return figures
  } finally {
    for (const worker of workers) await worker.leave()
  }
}

/** Starts a file of the bench that works in slices, with something asked. `leave` takes down what it needed. */
export const startWorker = (file: URL, what: object, leave: () => Promise<void>): Worker => {
  const child = endsWithUs(fork(fileURLToPath(file), [JSON.stringify(what)]))
  return {
    work: async (order) => void (await answerTo(child, order)),
    end: async () => (await answerTo(child, "end")) as Figures,
    leave: async () => {
      child.kill()
      await leave()
    },
  }
}

const answerTo = (child: ChildProcess, order: Order | "end"): Promise<Said> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null) =>
      reject(new Error(`${child.spawnfile} ended with ${code} and without an answer`))
    child.once("exit", ended)
    child.once("message", (said) => {
      child.off("exit", ended)
      resolve(said as Said)
    })
    child.send(order)
  })

/** The worker's side: its slices as the parent orders them, then what `work` makes of them. */
export const workInSlices = async (work: (slices: AsyncIterable<Slice>) => Promise<Figures>): Promise<void> => {
  const figures = await work(ordered())
  process.send!(figures satisfies Said, () => process.exit(0))
}

async function* ordered(): AsyncGenerator<Slice> {
  for (;;) {
    const order = await new Promise<Order | "end">((resolve) =>
      process.once("message", resolve as (said: unknown) => void),
    )
    if (order === "end") return
    yield { ends: performance.now() + order.milliseconds, isMeasured: order.isMeasured }
    process.send!("done" satisfies Said)
  }
}
