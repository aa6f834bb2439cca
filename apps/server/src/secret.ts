import { randomBytes } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"

/** The server's own secret: given, or made once and kept in the data folder where only its owner reads it. */
export const secretOf = async ({ secret, dataDir }: { secret: string; dataDir: string }): Promise<string> => {
  if (secret !== "") return secret
  const file = join(dataDir, "secret")
  await mkdir(dataDir, { recursive: true })
  await writeFile(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" }).catch((error) => {
    if (error.code !== "EEXIST") throw error
  })
  return readFile(file, "utf8")
}
