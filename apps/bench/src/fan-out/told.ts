import type { Figures } from "../bench.ts"
import { cpuOf, userCpuOf } from "../systems/cpu.ts"
import { gather } from "./crowd.ts"
import type { Teller } from "./tellers.ts"

export const user = "user CPU, us a delivery"
export const all = "all CPU, us a delivery"

export interface Work {
  readonly listeners: number
  readonly events: number
  /** How many events come at the same time. */
  readonly together: number
}

/** Starts a server, has everything told to everybody, and holds every listener to every event. */
export const told = async (start: () => Promise<Teller>, { listeners, events, together }: Work): Promise<Figures> => {
  const teller = await start()
  try {
    const alone = await postCost(teller, together)
    const crowd = await gather({ ...teller.crowd, count: listeners })
    let next = teller.first
    const tell = async (count: number): Promise<void> => {
      for (const end = next + count; next < end; next += together) {
        const everybody = crowd.until(next + together - 1)
        teller.tell(next, together)
        await everybody
      }
    }
    await tell(20 * together)
    const cost = await cpuFor(teller, () => tell(events))
    crowd.leave()
    const deliveries = events * listeners
    return { [user]: cost.user / deliveries, [all]: cost.all / deliveries, ...alone }
  } finally {
    await teller.stop()
  }
}

/** What posting costs while nobody listens, which is in every delivery's cost. */
const postCost = async (teller: Teller, together: number): Promise<Figures> => {
  const { tellNobody } = teller
  if (tellNobody === undefined) return {}
  const turns = 200
  const cost = await cpuFor(teller, async () => {
    for (let n = 0; n < turns; n++) await tellNobody(together)
  })
  return {
    "post user CPU, us an event": cost.user / (turns * together),
    "post all CPU, us an event": cost.all / (turns * together),
  }
}

const cpuFor = async ({ pid }: Teller, work: () => Promise<void>) => {
  const [userBefore, allBefore] = [userCpuOf(pid), cpuOf(pid)]
  await work()
  return { user: userCpuOf(pid) - userBefore, all: cpuOf(pid) - allBefore }
}
