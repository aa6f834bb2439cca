import { type Fault, felt, type Round } from "./fault.ts"
import { startNodesOn } from "./nodes.ts"
import type { Row } from "./row.ts"
import { Stage } from "./stage.ts"

/** F1: a node dies in the middle of everything, and comes back; at least two others stay. */
export const killedNode: Fault = {
  id: "F1",
  title: "kill -9 of a random node, 3 nodes, 96 writers",
  figures: { first: 20, long: 500 },
  perRound: 25,
  seconds: 300,
  round: async (round: Round): Promise<Row> => {
    const { random } = round
    const url = await (await round.postgres()).freshDatabase()
    const nodes = await startNodesOn(round, url)
    const stage = await Stage.open(round, { urls: nodes.map((node) => node.url) })
    const waits: Array<Promise<ReadonlyArray<number>>> = []
    for (let n = 0; n < round.count; n++) {
      await stage.writers.more(1 + random.below(150))
      const node = random.pick(nodes)
      const killing = node.kill()
      waits.push(stage.writers.recovered())
      await killing
      felt(!node.isRunning, "a node survived kill -9")
      if (n % 4 === 0) stage.moveSomebody()
      await node.start()
    }
    const recovered = (await Promise.all(waits)).flat()
    const verdict = await stage.finish(url)
    const { lost, elsewhere } = stage.writers
    felt(lost.connection > 0 && elsewhere > 0, "no writer lost a connection")
    felt(stage.ends > 0, "no subscriber lost its connection")
    return {
      done: { kills: round.count, "tries cut": lost.connection, "answered elsewhere": elsewhere, resumes: stage.ends },
      verdict,
      recovered,
      note: "",
    }
  },
}
