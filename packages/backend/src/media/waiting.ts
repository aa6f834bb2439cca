import { readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"

/** The ingest's files: parts of uploads, what is known of an upload, and how it ended. Restarts lose none of it; what is a day old is collected. */
export const openWaiting = (folder: string) => {
  const at = (name: string, kind: "part" | "told" | "answer") => join(folder, `${name}.${kind}`)
  const remember = async (path: string, content: unknown) => {
    await writeFile(`${path}.new`, JSON.stringify(content))
    await rename(`${path}.new`, path)
  }

  return {
    part: (id: string): string => at(id, "part"),
    arrived: (id: string): Promise<number> => stat(at(id, "part")).then(({ size }) => size, unlessMissing(0)),
    drop: (id: string): Promise<void> => rm(at(id, "part"), { force: true }),

    tell: (key: string, told: unknown): Promise<void> => remember(at(key, "told"), told),
    told: (key: string): Promise<unknown> => parsed(at(key, "told")),

    answer: (id: string, answer: unknown): Promise<void> => remember(at(id, "answer"), answer),
    answered: (id: string): Promise<unknown> => parsed(at(id, "answer")),
  }
}

const parsed = (path: string): Promise<unknown> =>
  readFile(path, "utf8").then((text): unknown => JSON.parse(text), unlessMissing(undefined))

const unlessMissing =
  <A>(otherwise: A) =>
  (cause: NodeJS.ErrnoException): A => {
    if (cause.code === "ENOENT") return otherwise
    throw cause
  }
