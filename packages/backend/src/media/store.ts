import { randomBytes } from "node:crypto"
import { mkdirSync } from "node:fs"
import { open, rename, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { MediaKey } from "@roomlog/schemas"
import { Schema } from "effect"
import type { Kind } from "./kind.ts"

/** A file on its way in: in memory, or in the incoming folder. */
export type Source = { readonly bytes: Uint8Array } | { readonly path: string }

/** A name that nobody can guess; the time in it is Unix milliseconds. */
export const newKey = (at: number, ext: Kind["ext"]): MediaKey =>
  MediaKey.make(`img_${Math.floor(at / 1000)}_${randomBytes(16).toString("hex")}.${ext}`)

/** The images of a media folder. Whoever sees a file there sees all of it, also after a power cut. */
export const openStore = (dir: string) => {
  const images = join(dir, "chat_images")
  const incoming = join(dir, "incoming")
  mkdirSync(images, { recursive: true })
  mkdirSync(incoming, { recursive: true })

  return {
    /** Where files wait until they are checked. */
    incoming,

    /** Keeps a file under its key. */
    put: async (key: MediaKey, bytes: Uint8Array): Promise<void> => {
      const from = join(incoming, `${key}.new`)
      await writeFile(from, bytes)
      await sync(from, "r+")
      await rename(from, join(images, key))
      await syncFolder(images)
    },

    /** Where a key's file is and how many bytes it has; undefined for anything that is not the key of a file here. */
    find: async (key: string): Promise<{ readonly path: string; readonly bytes: number } | undefined> => {
      if (!isMediaKey(key)) return undefined
      const path = join(images, key)
      const found = await stat(path).catch(ignoreMissing)
      return found?.isFile() ? { path, bytes: found.size } : undefined
    },

    /** Removes what is left of a file that came in. */
    clear: async (source: Source): Promise<void> => {
      if ("path" in source) await rm(source.path, { force: true })
    },

    remove: (key: MediaKey): Promise<void> => rm(join(images, key), { force: true }),
  }
}

const isMediaKey = Schema.is(MediaKey)

const ignoreMissing = (cause: NodeJS.ErrnoException): undefined => {
  if (cause.code !== "ENOENT") throw cause
}

const sync = async (path: string, flags: "r" | "r+"): Promise<void> => {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a rename last. Windows cannot sync folders; there the rename is all that can be asked for. */
const syncFolder = (path: string): Promise<void> =>
  sync(path, "r").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EISDIR" && cause.code !== "EPERM") throw cause
  })
