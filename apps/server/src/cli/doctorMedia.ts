import { access, constants, readdir, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { Query } from "@roomlog/log"
import type { Examination, Finding } from "./doctor.ts"
import { count } from "./lines.ts"

/** Whether images can be kept; images and thumbnails that are known and not there, and the reverse. */
export const mediaFindings: Examination = async ({ query }, { mediaDir }) => {
  const refusal = await whyNotWritable(mediaDir)
  if (refusal !== undefined)
    return [{ is: "wrong", text: `no image can be kept in ${mediaDir} (${refusal}): set DATA_DIR to another folder` }]
  const [images, thumbs] = [join(mediaDir, "chat_images"), join(mediaDir, "thumbs")]
  const files = new Set(await readdir(images).catch(nothingIfMissing))
  const small = new Set(await readdir(thumbs).catch(nothingIfMissing))
  const { known, lost, withoutThumb } = await compared(query, { files, small })
  const left = [...(await grownUp(images, files)), ...(await grownUp(thumbs, small))]
  const findings: Array<Finding> = []
  if (lost.length > 0)
    findings.push({
      is: "wrong",
      text: `${named(lost)} known and not in ${images}: restore the folder from its backup, or let all nodes share one`,
    })
  if (withoutThumb.length > 0)
    findings.push({
      is: "wrong",
      text: `${named(withoutThumb)} without a thumbnail in ${thumbs}: restore the folder from its backup`,
    })
  if (left.length > 0)
    findings.push({
      is: "wrong",
      text: `${named(left)} in ${mediaDir} and known to nobody: the server deletes them when they are a day old`,
    })
  return findings.length > 0 ? findings : [{ is: "well", text: `${count(known)} known, and all there` }]
}

/** Looks at the folder, or at the nearest one above it that is there: the server makes what is missing. */
const whyNotWritable = async (folder: string): Promise<string | undefined> => {
  try {
    await access(folder, constants.W_OK)
    return (await stat(folder)).isDirectory() ? undefined : `${folder} is a file`
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException
    return code === "ENOENT" ? whyNotWritable(dirname(folder)) : code
  }
}

interface Compared {
  readonly known: number
  /** Without a file. */
  readonly lost: ReadonlyArray<string>
  readonly withoutThumb: ReadonlyArray<string>
}

/** Holds the images that should be there against the files. Takes those with a row out of the files. */
const compared = async (
  query: Query,
  { files, small }: { readonly files: Set<string>; readonly small: Set<string> },
): Promise<Compared> => {
  const lost: Array<string> = []
  const withoutThumb: Array<string> = []
  let known = 0
  for (let after = ""; ; ) {
    const rows = await query<{ readonly key: string; readonly thumb: boolean }>(
      "select key, thumb from media where key > $1 and erased_at is null order by key limit 10000",
      [after],
    )
    for (const { key, thumb } of rows) {
      const hasThumb = small.delete(key.replace(/\.\w+$/, ".webp"))
      if (!files.delete(key)) lost.push(key)
      else if (thumb && !hasThumb) withoutThumb.push(key)
    }
    known += rows.length
    const last = rows.at(-1)
    if (last === undefined) return { known, lost, withoutThumb }
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
