import { lists } from "@roomlog/backend"
import { migrate as bringUpToDate, type Driver, grantAgain, grantTo, undoneSteps } from "@roomlog/log"
import { Effect } from "effect"
import { changeSecret, secretOf } from "../secret.ts"
import { type Command, Misused } from "./command.ts"
import type { Io } from "./io.ts"
import { withDatabase } from "./open.ts"

export const migrate: Command = {
  name: "migrate",
  wants: [],
  meaning: "Makes the tables, or brings them up to date",
  options: {
    role: { value: "NAME", meaning: "Lets a role of Postgres do what a node does, and never change an event" },
    "new-secret": { meaning: "Takes SECRET for all nodes from now on; invitations of before open nothing any more" },
  },
  run: ({ config: read, options }, io) => {
    const config = read()
    const { role, "new-secret": isNewSecret } = options
    if (typeof role === "string" && config.databaseDir !== undefined)
      throw new Misused("--role is for Postgres; the embedded database has nobody to keep anything from.")
    return withDatabase(config, async (driver) => {
      await bring(driver, io)
      if (typeof role === "string") {
        await grantTo(driver, role)
        io.say(`${role} may now do what a node does, and can never change an event.`)
      }
      if (isNewSecret) {
        await changeSecret(driver.query, await secretOf(config))
        io.say("SECRET is the secret of all nodes from now on.")
      }
      return 0
    })
  },
}

const bring = async (driver: Driver, io: Io): Promise<void> => {
  let steps = 0
  for (const [list, all] of lists) {
    const undone = await undoneSteps(driver.query, list, all)
    await Effect.runPromise(bringUpToDate(driver, list, all))
    for (const { name } of undone) io.say(`made ${list} ${name}`)
    steps += undone.length
  }
  if (steps === 0) io.say("The tables are up to date.")
  for (const role of await driver.transaction(grantAgain)) io.say(`${role} keeps its rights.`)
}
