import { checkpoints, retryPoison } from "@roomlog/log"
import type { Command } from "./command.ts"
import { withRoomlog } from "./open.ts"

export const projectionRetry: Command = {
  name: "projection retry",
  wants: ["NAME"],
  meaning: "Lets a projection that stands still try its event again, once the cause is mended",
  options: {},
  run: ({ config, wanted: [name] }, io) =>
    withRoomlog(config(), async ({ query }) => {
      const stuck = (await checkpoints(query)).filter((one) => one.name === name && one.poisonPos !== null)
      if (stuck.length === 0)
        throw new Error(`No projection "${name}" stands still. \`roomlog doctor\` knows which do.`)
      for (const version of new Set(stuck.map((one) => one.version))) await retryPoison(query, name!, version)
      io.say(`${name} tries again in ${stuck.length} ${stuck.length === 1 ? "partition" : "partitions"}.`)
      return 0
    }),
}
