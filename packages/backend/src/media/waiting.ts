import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"

const day = 24 * 60 * 60 * 1000

/** The ingest's files: parts of uploads, what is known of an upload, and how it ended. Restarts lose none of it. */
export const openWaiting = (folder: string, now: () => number) => {
  let sweptAt = 0
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

    /** Removes what is older than a day; looks at most once an hour. */
    sweep: async (): Promise<void> => {
      if (now() - sweptAt < day / 24) return
      sweptAt = now()
      for (const name of await readdir(folder)) {
        const changedAt = await stat(join(folder, name)).then(({ mtimeMs }) => mtimeMs, unlessMissing(now()))
        if (now() - changedAt > day) await rm(join(folder, name), { force: true })
      }
    },
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
