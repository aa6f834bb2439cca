import { spawnSync } from "node:child_process"
import { mkdtempSync, rmdirSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Round } from "./fault.ts"

/** A disk of its own in memory, that can be made as full as wanted. */
export interface SmallDisk {
  readonly folder: string
  /** Leaves room for so many bytes more than there are now. */
  readonly leave: (bytes: number) => Promise<void>
  /** Gives all the room back. */
  readonly lift: () => void
}

const most = "size=1500m"

/** Why disks cannot be filled here; undefined when they can. */
export const noDisks = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-disk-"))
  const mounted = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
  if (mounted === undefined) unmount(folder)
  rmdirSync(folder)
  return mounted && `a disk to fill cannot be mounted by this user (${mounted})`
}

/** Mounts one, until the end of the round. */
export const smallDisk = async ({ folder: newFolder, ending }: Round): Promise<SmallDisk> => {
  const folder = await newFolder()
  const trouble = mount("-t", "tmpfs", "-o", `${most},mode=777`, "tmpfs", folder)
  if (trouble !== undefined) throw new Error(trouble)
  const away = (): void => unmount(folder)
  process.once("exit", away)
  ending.defer(() => {
    process.off("exit", away)
    away()
  })
  return {
    folder,
    leave: async (bytes: number) => {
      const { bsize, blocks, bfree } = await statfs(folder)
      resize(folder, `size=${(blocks - bfree) * bsize + bytes}`)
    },
    lift: () => resize(folder, most),
  }
}

const resize = (folder: string, size: string): void => {
  const trouble = mount("-o", `remount,${size}`, folder)
  if (trouble !== undefined) throw new Error(trouble)
}

/** What went wrong, if something did. */
const mount = (...args: ReadonlyArray<string>): string | undefined => {
  const { status, stderr, error } = spawnSync("mount", args, { encoding: "utf8" })
  return status === 0 ? undefined : (error?.message ?? stderr.trim())
}

/** Also when somebody still looks into it. */
const unmount = (folder: string): void => {
  spawnSync("umount", ["--lazy", folder])
}
