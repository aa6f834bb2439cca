import { finishEmbedded, startEmbedded } from "./embedded.ts"
import type { Fault, Round } from "./fault.ts"
import type { Row } from "./row.ts"
import { noDisks, smallDisk } from "./smallDisk.ts"
import { Stage } from "./stage.ts"

/** F13: the disk with the embedded database's folder is full for a while. */
export const fullFolder: Fault = {
  id: "F13",
  title: "the embedded database's disk full",
  figures: { first: 1, long: 20 },
  perRound: 5,
  seconds: 200,
  impossible: noDisks,
  round: async (round: Round): Promise<Row> => {
    const disk = await smallDisk(round)
    const embedded = await startEmbedded(round, disk.folder)
    const { node } = embedded
    const stage = await Stage.open(round, { urls: [node.url], writers: 24, rooms: 4, subscribers: 4, thinking: 20 })
    const recovered: number[] = []
    for (let n = 0; n < round.count; n++) {
      await stage.writers.more(1 + round.random.below(100))
      await disk.leave(256 * 1024)
      await stage.writers.failing(20)
      disk.lift()
      recovered.push(...(await stage.writers.recovered()))
    }
    const done = { "disks full": round.count, "tries refused": stage.writers.tries }
    return { done, verdict: await finishEmbedded(stage, embedded), recovered, note: "" }
  },
}
