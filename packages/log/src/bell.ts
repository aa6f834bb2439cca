import type { Driver } from "./driver.ts"
import { type Head, heads } from "./read.ts"

/** Tells the other nodes how far the log has come. */
export interface Bell {
  readonly ring: (head: Head) => void
  readonly stop: () => Promise<void>
}

/** For a database that nobody else writes to. */
export const silent: Bell = { ring: () => undefined, stop: async () => undefined }

/**
 * Wakes the other nodes by one NOTIFY every 5 ms at most, apart from the appends, because a NOTIFY inside them takes a
 * lock on the whole cluster. A lost wake-up is made good by asking for the heads every `every` milliseconds.
 */
export const startBell = async (driver: Driver, heard: (head: Head) => void, every: number): Promise<Bell> => {
  const rung = new Map<number, number>()
  let timer: NodeJS.Timeout | undefined
  const send = () => {
    timer = undefined
    const payload = JSON.stringify([...rung])
    rung.clear()
    driver.notify(channel, payload).catch(pollWillDo)
  }
  let asking = false
  const ask = async () => {
    if (asking) return
    asking = true
    await heads(driver.query).then((all) => all.forEach(heard), pollWillDo)
    asking = false
  }
  const unlisten = await driver.listen(channel, (payload) => headsIn(payload).forEach(heard), ask)
  const poll = setInterval(ask, every)
  return {
    ring: ({ part, pos }) => {
      rung.set(part, pos)
      timer ??= setTimeout(send, 5)
    },
    stop: async () => {
      clearInterval(poll)
      clearTimeout(timer)
      if (rung.size > 0) send()
      await unlisten()
    },
  }
}

const channel = "roomlog_heads"
const pollWillDo = () => undefined

/** Anybody may NOTIFY: what is no list of heads is not heard. */
const headsIn = (payload: string): ReadonlyArray<Head> => {
  try {
    const pairs: unknown = JSON.parse(payload)
    if (!Array.isArray(pairs)) return []
    return pairs.flatMap((pair: unknown) =>
      Array.isArray(pair) && Number.isInteger(pair[0]) && Number.isInteger(pair[1])
        ? [{ part: pair[0], pos: pair[1] }]
        : [],
    )
  } catch {
    return []
  }
}
