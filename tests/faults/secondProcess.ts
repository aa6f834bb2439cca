import { ServerProcess } from "../serverProcess.ts"
import { finishEmbedded, startEmbedded } from "./embedded.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import { both, type Row, wrong } from "./row.ts"
import { Stage } from "./stage.ts"

/** F5: another server is started on the folder of one that runs. */
export const secondProcess: Fault = {
  id: "F5",
  title: "a second process on the embedded database's folder",
  figures: { first: 3, long: 30 },
  perRound: 30,
  seconds: 300,
  round: async (round: Round): Promise<Row> => {
    const embedded = await startEmbedded(round)
    const { node, folder } = embedded
    const stage = await Stage.open(round, { urls: [node.url], writers: 8, rooms: 2, subscribers: 2, thinking: 20 })
    const problems: string[] = []
    for (let n = 0; n < round.count; n++) {
      const second = await ServerProcess.prepare(folder)
      const said = await second.start().then(
        () => "it listens",
        (refused: Error) => refused.message,
      )
      await second.kill()
      if (!said.includes(`in use by process ${node.pid}`)) problems.push(`the second server was not refused: ${said}`)
      await stage.writers.more(5)
      if (n !== 0) continue
      // The folder of one that was killed is free again.
      await node.kill()
      await node.start()
    }
    felt(stage.writers.acknowledged.length > 0, "nobody wrote")
    const verdict = both(await finishEmbedded(stage, embedded), wrong(...problems))
    return { done: { "second servers": round.count, kills: 1 }, verdict, recovered: [], note: "" }
  },
}
