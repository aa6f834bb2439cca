import { finishEmbedded, startEmbedded } from "./embedded.ts"
import { type Fault, felt, type Round } from "./fault.ts"
import type { Row } from "./row.ts"
import { Stage } from "./stage.ts"

/** F4: the process with the embedded database is killed and started again on the same folder. */
export const killedEmbedded: Fault = {
  id: "F4",
  title: "kill -9 of the server with the embedded database",
  figures: { first: 10, long: 200 },
  perRound: 20,
  seconds: 300,
  round: async (round: Round): Promise<Row> => {
    const { random } = round
    const embedded = await startEmbedded(round)
    const { node } = embedded
    const stage = await Stage.open(round, { urls: [node.url], writers: 24, rooms: 4, subscribers: 4, thinking: 100 })
    const recovered: number[] = []
    const opened: number[] = []
    for (let n = 0; n < round.count; n++) {
      await stage.writers.more(1 + random.below(150))
      await node.kill()
      felt(!node.isRunning, "the server survived kill -9")
      const began = performance.now()
      await node.start()
      opened.push(performance.now() - began)
      recovered.push(...(await stage.writers.recovered()))
    }
    felt(stage.writers.lost.connection > 0, "no writer lost a connection")
    felt(stage.ends > 0, "no subscriber lost its connection")
    const done = { kills: round.count, "tries cut": stage.writers.lost.connection, resumes: stage.ends }
    const note = `listens ${Math.round(Math.max(...opened))} ms after the start at most`
    return { done, verdict: await finishEmbedded(stage, embedded), recovered, note }
  },
}
