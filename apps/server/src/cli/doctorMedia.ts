import { readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Query } from "@roomlog/log"
import type { Examination, Finding } from "./doctor.ts"
import { count } from "./lines.ts"

/** Images that are known and not there, and the reverse. */
export const mediaFindings: Examination = async ({ query }, { mediaDir }) => {
  const folder = join(mediaDir, "chat_images")
  const files = new Set(await readdir(folder).catch(nothingIfMissing))
  const [known, lost] = await compared(query, files)
  const left = await grownUp(folder, files)
  const findings: Array<Finding> = []
  if (lost.length > 0)
    findings.push({
      is: "wrong",
      text: `${named(lost)} known and not in ${folder}: restore the folder from its backup, or let all nodes share one`,
    })
  if (left.length > 0)
    findings.push({ is: "wrong", text: `${named(left)} in ${folder} and known to nobody: they may be deleted` })
  return findings.length > 0 ? findings : [{ is: "well", text: `${count(known)} known, and all there` }]
}

/** How many images are known and which of them have no file. Takes those with a row out of the files. */
const compared = async (query: Query, files: Set<string>): Promise<readonly [number, ReadonlyArray<string>]> => {
  const lost: Array<string> = []
  let known = 0
  for (let after = ""; ; ) {
    const rows = await query<{ readonly key: string }>(
      "select key from media where key > $1 order by key limit 10000",
      [after],
    )
    for (const { key } of rows) if (!files.delete(key)) lost.push(key)
    known += rows.length
    const last = rows.at(-1)
    if (last === undefined) return [known, lost]
    after = last.key
  }
}

/** Those that are not just coming in: a file is there a moment before its row. */
const grownUp = async (folder: string, files: ReadonlySet<string>): Promise<ReadonlyArray<string>> => {
  const old: Array<string> = []
  for (const name of files) {
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (Date.now() - mtimeMs > 60_000) old.push(name)
  }
  return old
}

const named = (keys: ReadonlyArray<string>): string =>
  `${count(keys.length)} ${keys.length === 1 ? "image" : "images"} (${keys.slice(0, 3).join(", ")}${keys.length > 3 ? ", ..." : ""})`

const nothingIfMissing = (cause: NodeJS.ErrnoException): ReadonlyArray<string> => {
  if (cause.code !== "ENOENT") throw cause
  return []
}
