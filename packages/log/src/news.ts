import { ringing } from "./bell.ts"
import type { Carrier } from "./carrier/carrier.ts"
import type { Interest, Stored } from "./contract.ts"
import type { Driver } from "./driver.ts"
import { headsTogether, Live } from "./live.ts"
import { readHeads } from "./read.ts"

/** How what was appended reaches this node's listeners and the other nodes. */
export interface News {
  readonly committed: (events: ReadonlyArray<Stored>, own: boolean) => void
  readonly interest: (stream: string) => Interest
  /** Returns how to stop. */
  readonly begin: (committers: ReadonlyArray<{ readonly heardOf: (pos: number) => void }>) => () => void
}

export interface NewsOptions {
  readonly driver: Driver
  readonly carrier: Carrier
  readonly everywhere?: (event: Stored) => boolean
  readonly pollEvery?: number
  readonly partOf: (stream: string) => number
  readonly deliver: (events: ReadonlyArray<Stored>) => void
}

/** Heads are carried, and every node reads every partition on from there. Asking for the heads makes up for lost ones. */
export const newsByHead = ({ driver, carrier, deliver, pollEvery = 500 }: NewsOptions): News => {
  const headOf = headsTogether(driver.query)
  let ring: ReturnType<typeof ringing>["ring"] = () => undefined
  return {
    committed: (events, own) => {
      const { part, pos } = events.at(-1)!
      if (own) ring({ part, pos })
      deliver(events)
    },
    interest: (stream) => ({ head: () => headOf(stream), release: () => undefined }),
    begin: (committers) => {
      if (!driver.shared) return () => undefined
      const bell = ringing(carrier, ({ part, pos }) => committers[part]?.heardOf(pos))
      ring = bell.ring
      const ask = unlessBusy(async () => {
        for (const { part, pos } of await readHeads(driver.query)) committers[part]?.heardOf(pos)
      })
      const stops = [carrier.onDoubt(ask), bell.stop, every(pollEvery, ask)]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}

/** Events themselves are carried, to the nodes that are interested in their streams. */
export const newsByTopic = (options: NewsOptions): News => {
  const { driver, carrier, partOf, deliver, everywhere = () => false, pollEvery = 500 } = options
  const live = new Live({ carrier, query: driver.query, partOf, deliver, everywhere })
  return {
    committed: (events, own) => (own ? live.appended(events) : live.heard(events)),
    interest: (stream) => live.interest(stream),
    begin: () => {
      const stop = every(
        pollEvery,
        unlessBusy(() => live.sweep()),
      )
      return () => {
        stop()
        live.stop()
      }
    },
  }
}

const every = (milliseconds: number, work: () => void): (() => void) => {
  const timer = setInterval(work, milliseconds)
  return () => clearInterval(timer)
}

/** Work that may fail, because it is done again, and is not begun twice. */
const unlessBusy = (work: () => Promise<void>): (() => void) => {
  let busy = false
  return () => {
    if (busy) return
    busy = true
    void work()
      .catch(() => undefined)
      .then(() => {
        busy = false
      })
  }
}
