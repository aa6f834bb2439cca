import { randomUUID } from "node:crypto"
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { hostname } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { FolderInUse } from "./driver.ts"

/**
 * Takes the folder for this process and gives back how to let it go. Two processes on one PGlite folder lose data.
 * The holder is the file `lock.<n>` with the greatest n. Whoever takes over makes n + 1, which only one can, and a
 * holder that goes leaves its file behind, so that numbers never start again.
 */
export const lockFolder = (folder: string): Effect.Effect<() => void, FolderInUse> =>
  Effect.suspend(() => {
    for (;;) {
      const newest = newestLock(folder)
      const holder = holderOf(folder, newest)
      if (holder !== undefined) return Effect.fail(inUse(folder, holder.pid))
      if (makeLock(folder, newest + 1)) return Effect.succeed(keepLock(folder, newest + 1))
    }
  })

interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process began, in ticks since the machine's boot; tells it from a later one with the same pid. */
  readonly began: string | null
  readonly released?: boolean
}

const locks = /^lock\.(\d+)$/
const fileOf = (folder: string, number: number): string => join(folder, `lock.${number}`)
const numbers = (folder: string): ReadonlyArray<number> =>
  readdirSync(folder).flatMap((name) => locks.exec(name)?.slice(1).map(Number) ?? [])
const newestLock = (folder: string): number => Math.max(0, ...numbers(folder))

/** The living process that holds the folder, if any. */
const holderOf = (folder: string, number: number): Holder | undefined => {
  if (number === 0) return undefined
  const holder = JSON.parse(readFileSync(fileOf(folder, number), "utf8")) as Holder
  if (holder.released) return undefined
  const lives = holder.host === hostname() ? livesHere(holder) : wasTouched(fileOf(folder, number))
  return lives ? holder : undefined
}

const livesHere = ({ pid, began }: Holder): boolean => {
  try {
    process.kill(pid, 0)
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM"
  }
  const now = beganAt(pid)
  return now === null || began === null || now === began
}

/** Another machine's process, or another container's, cannot be asked; a living one touches its file every two seconds. */
const wasTouched = (file: string): boolean => Date.now() - statSync(file).mtimeMs < 15_000

/** Start time of a running process; "" for one that is dead and not yet buried, null where the system does not tell. */
const beganAt = (pid: number): string | null => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ")
    return fields[0] === "Z" ? "" : (fields[19] ?? null)
  } catch {
    return null
  }
}

/** True when this process made lock `number` and no greater one exists. */
const makeLock = (folder: string, number: number): boolean => {
  const me: Holder = { pid: process.pid, host: hostname(), began: beganAt(process.pid) }
  const draft = join(folder, `lock-${randomUUID()}`)
  writeFileSync(draft, JSON.stringify(me))
  try {
    linkSync(draft, fileOf(folder, number))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false
    throw cause
  } finally {
    rmSync(draft)
  }
  if (newestLock(folder) === number) return true
  rmSync(fileOf(folder, number), { force: true })
  return false
}

const keepLock = (folder: string, number: number): (() => void) => {
  const file = fileOf(folder, number)
  for (const old of numbers(folder)) if (old < number) rmSync(fileOf(folder, old), { force: true })
  const beat = setInterval(() => touch(file), 2_000).unref()
  return () => {
    clearInterval(beat)
    const draft = join(folder, `lock-${randomUUID()}`)
    writeFileSync(draft, JSON.stringify({ released: true }))
    renameSync(draft, file)
  }
}

const touch = (file: string): void => {
  const now = new Date()
  try {
    utimesSync(file, now, now)
  } catch {
    // The folder was deleted under a running process: nothing is left to protect.
  }
}

const inUse = (folder: string, pid: number) =>
  new FolderInUse({
    folder,
    pid,
    message: `The folder ${folder} is in use by process ${pid}, and one process at a time can have it open. Stop that one first.`,
  })
