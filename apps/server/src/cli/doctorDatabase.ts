import { lists } from "@roomlog/backend"
import { type Driver, type Query, settingsOf, undoneSteps, whatIsWrong } from "@roomlog/log"
import { Effect } from "effect"
import type { Config } from "../config.ts"
import { openDatabase } from "../database.ts"
import { secretFits, secretIfAny } from "../secret.ts"
import type { Examination, Finding } from "./doctor.ts"

/** Settings, tables, role and secret. */
export const databaseFindings: Examination = async (driver, config) => [
  ...(await settings(driver, config)),
  ...(await tables(driver.query)),
  ...(await secret(driver.query, config)),
]

const settings = async (driver: Driver, config: Config): Promise<ReadonlyArray<Finding>> => {
  if (!driver.shared)
    return [
      { is: "note", text: "embedded: it survives a crash of the process, but not a power cut (for that, Postgres)" },
    ]
  const found = await settingsOf(driver.query)
  const wrong = whatIsWrong({ ...found, timeouts: true }).map((text): Finding => ({ is: "wrong", text }))
  const well: Finding = { is: "well", text: `Postgres ${Math.floor(found.version / 10_000)}, set as the log needs it` }
  return [...(wrong.length > 0 ? wrong : [well]), ...(await role(driver.query)), ...(await pooler(config))]
}

const role = async (query: Query): Promise<ReadonlyArray<Finding>> => {
  const [{ name, owns }] = (await query(`select current_user::text as name, pg_has_role(relowner, 'usage') as owns
    from pg_class where oid = 'event'::regclass`)) as [{ name: string; owns: boolean }]
  return owns
    ? [
        {
          is: "note",
          text: `${name} owns the tables: let nodes connect as a role made by \`roomlog migrate --role NAME\``,
        },
      ]
    : [{ is: "well", text: `${name} can change no event` }]
}

/** Whether a node would get through the pooler, if there is one. */
const pooler = async (config: Config): Promise<ReadonlyArray<Finding>> => {
  if (config.listenUrl === "" || config.listenUrl === config.databaseUrl) return []
  return Effect.runPromise(
    Effect.scoped(openDatabase(config)).pipe(
      Effect.map((): ReadonlyArray<Finding> => [{ is: "well", text: "the pooler lets nodes through" }]),
      Effect.catch((error) => Effect.succeed<ReadonlyArray<Finding>>([{ is: "wrong", text: error.message }])),
    ),
  )
}

const tables = async (query: Query): Promise<ReadonlyArray<Finding>> => {
  const undone = (await Promise.all(lists.map(([list, steps]) => undoneSteps(query, list, steps)))).flat()
  if (undone.length === 0) return [{ is: "well", text: "the tables are up to date" }]
  return [{ is: "wrong", text: `${undone.map(({ name }) => name).join(", ")} not applied: run \`roomlog migrate\`` }]
}

const secret = async (query: Query, config: Config): Promise<ReadonlyArray<Finding>> => {
  const here = await secretIfAny(config)
  if (here === undefined)
    return [{ is: "note", text: "neither SECRET nor DATA_DIR/secret is here to be held against that of the nodes" }]
  if (await secretFits(query, here)) return [{ is: "well", text: "the secret is the one of all nodes" }]
  return [{ is: "wrong", text: "SECRET is not the one of the other nodes: give this one theirs" }]
}
