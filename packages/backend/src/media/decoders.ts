import { type Answer, type Job, mostHeld, type Prepared } from "./decoderJob.ts"
import { type DecoderProcess, startDecoder } from "./decoderProcess.ts"
import type { Refusal } from "./kind.ts"
import { openTurns } from "./turns.ts"

/** How long decoders may work, wait and live. */
export interface DecoderLimits {
  /** Milliseconds of a processor's time for one image. */
  readonly patience: number
  /** Milliseconds without work after which a process ends. */
  readonly idle: number
  /** Images after which a process makes room for a fresh one. */
  readonly images: number
}

export const usualLimits: DecoderLimits = { patience: 10_000, idle: 10_000, images: 50 }

/** Images are made anew in at most two processes at once, which are started when they are needed. */
const atOnce = 2

/** The decoder processes of a server. */
export const openDecoders = (limits: DecoderLimits = usualLimits) => {
  const turns = openTurns(atOnce)
  const free = new Set<DecoderProcess>()
  const all = new Set<DecoderProcess>()
  const { patience } = limits
  let isClosed = false

  const fresh = (): DecoderProcess => {
    const one = startDecoder(() => {
      all.delete(one)
      free.delete(one)
    })
    all.add(one)
    return one
  }

  /** What is alone has all the memory: nobody waits beside it, and nothing is left in it of earlier images. */
  const taken = async ({ alone }: Job): Promise<DecoderProcess> => {
    if (alone) await Promise.all([...free].map((other) => other.ended()))
    const idle = alone ? undefined : free.values().find((one) => one.isAlive())
    if (idle === undefined) return fresh()
    free.delete(idle)
    return idle
  }

  /** The next one begins when the memory of one that is not kept is free. */
  const giveBack = async (one: DecoderProcess): Promise<void> => {
    const isUsable = one.isAlive() && one.held() <= mostHeld.idle && one.images() < limits.images
    if (isClosed || !isUsable) return one.ended()
    free.add(one)
    one.whenIdle(limits.idle, () => free.delete(one))
  }

  const ask = async (job: Job): Promise<Answer> => {
    if (isClosed) return closing
    const one = await taken(job)
    const answer = await one.ask(job)
    await giveBack(one)
    return isClosed && ("refused" in answer || "failed" in answer) ? closing : answer
  }

  return {
    /** Makes the image at `path` anew at `to`. Never more than two at once; a large one waits until it is alone. */
    prepare: async (path: string, to: string): Promise<Prepared | Refusal> => {
      const first = await turns.take(1, () => ask({ path, to, alone: false, patience }))
      const answer =
        "heavy" in first ? await turns.takeFirst(atOnce, () => ask({ path, to, alone: true, patience })) : first
      if ("failed" in answer) throw new Error(`An image could not be made anew: ${answer.failed}`)
      if ("heavy" in answer) throw new Error("A decoder that is alone wants to be alone.")
      return answer
    },

    /** Process ids of those that run. */
    pids: (): ReadonlyArray<number> => [...all].flatMap(({ pid }) => pid ?? []),

    /** Ends all of them and waits until they are gone. What they were working on is refused. */
    close: async (): Promise<void> => {
      isClosed = true
      await Promise.all([...all].map((one) => one.ended()))
    },
  }
}

export type Decoders = ReturnType<typeof openDecoders>

const closing = { refused: "The server is stopping. Send the image again in a moment." }
