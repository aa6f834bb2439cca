import type { Figures } from "../bench.ts"
import type { Sliced } from "../slices.ts"
import { cpuOf, userCpuOf } from "../systems/cpu.ts"
import { gather } from "./crowd.ts"
import type { Teller } from "./tellers.ts"

export const user = "user CPU, us a delivery"
export const all = "all CPU, us a delivery"

export interface Work {
  readonly listeners: number
  /** How many events come at the same time. */
  readonly together: number
}

/** Has everything told to everybody by a server of its own, slice after slice, and holds every listener to every event. */
export const telling = (name: string, start: () => Promise<Teller>, { listeners, together }: Work): Sliced => ({
  name,
  start: async () => {
    const teller = await start()
    const [alone, crowd] = await seatedBefore(teller, { listeners, together }).catch(async (cause) => {
      await teller.stop()
      throw cause
    })
    let next = teller.first
    const tellUntil = async (ends: number): Promise<void> => {
      for (; performance.now() < ends; next += together) {
        const everybody = crowd.until(next + together - 1)
        teller.tell(next, together)
        await everybody
      }
    }
    const spent = { user: 0, all: 0, deliveries: 0 }
    return {
      work: async ({ milliseconds, isMeasured }) => {
        const before = next
        const cost = await cpuFor(teller, () => tellUntil(performance.now() + milliseconds))
        if (!isMeasured) return
        spent.user += cost.user
        spent.all += cost.all
        spent.deliveries += (next - before) * listeners
      },
      end: async () => ({
        [user]: spent.user / spent.deliveries,
        [all]: spent.all / spent.deliveries,
        ...alone,
      }),
      leave: async () => {
        crowd.leave()
        await teller.stop()
      },
    }
  },
})

/** What a post costs while nobody is there, and then everybody. */
const seatedBefore = async (teller: Teller, { listeners, together }: Work) =>
  [await postCost(teller, together), await gather({ ...teller.crowd, count: listeners })] as const

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
