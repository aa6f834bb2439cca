import { createHmac, randomBytes } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { agreeAnew, agreed, CannotOpen, type Query } from "@roomlog/log"
import { Effect } from "effect"

/** The server's own secret: given, or made once and kept in the data folder where only its owner reads it. */
export const secretOf = async ({ secret, dataDir }: { secret: string; dataDir: string }): Promise<string> => {
  if (secret !== "") return secret
  const file = fileOf(dataDir)
  await mkdir(dataDir, { recursive: true })
  await writeFile(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" }).catch((error) => {
    if (error.code !== "EEXIST") throw error
  })
  return readFile(file, "utf8")
}

/** The same without making one. */
export const secretIfAny = ({ secret, dataDir }: { secret: string; dataDir: string }): Promise<string | undefined> =>
  secret !== ""
    ? Promise.resolve(secret)
    : readFile(fileOf(dataDir), "utf8").catch((error) => {
        if (error.code !== "ENOENT") throw error
        return undefined
      })

/** Refuses a secret that is not the one of the other nodes: they would not open each other's invitations. */
export const checkSecret = Effect.fnUntraced(function* (query: Query, secret: string) {
  if ((yield* agreed(query, name, fingerprint(secret))) !== fingerprint(secret))
    return yield* new CannotOpen({ message: other })
})

/** Whether nodes with this secret would be let in. Records nothing. */
export const secretFits = async (query: Query, secret: string): Promise<boolean> => {
  const [recorded] = await query<{ readonly value: string }>("select value from agreed where name = $1", [name])
  return recorded === undefined || recorded.value === fingerprint(secret)
}

/** Makes this the secret of all nodes: invitations that were given out until now open nothing any more. */
export const changeSecret = (query: Query, secret: string): Promise<void> => agreeAnew(query, name, fingerprint(secret))

const name = "secret"
const fileOf = (dataDir: string): string => join(dataDir, "secret")

/** Tells no more of the secret than an invitation does. */
const fingerprint = (secret: string): string => createHmac("sha256", secret).update("fingerprint").digest("hex")

const other =
  "SECRET is not the one that this database is used with, so invitations would open on some nodes and not on others. " +
  "Give every node the same SECRET; a node that had none keeps its own in the file `secret` of its DATA_DIR. " +
  "If it shall be another from now on, stop all nodes and run `roomlog migrate --new-secret`."
