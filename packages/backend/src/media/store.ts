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

/** The name of a key's thumbnail. */
export const thumbOf = (key: string): string => key.replace(/\.\w+$/, ".webp")

/** The keys that a thumbnail of this name may belong to; none when it is no such name. */
export const keysOf = (thumb: string): ReadonlyArray<MediaKey> => {
  const [, base] = /^(img_\w+)\.webp$/.exec(thumb) ?? []
  return ["png", "jpg", "webp", "gif", "avif"].map((ext) => `${base}.${ext}`).filter(isMediaKey)
}

/** The images of a media folder. Whoever sees a file there sees all of it, also after a power cut. */
export const openStore = (dir: string) => {
  const images = join(dir, "chat_images")
  const thumbs = join(dir, "thumbs")
  const incoming = join(dir, "incoming")
  for (const folder of [images, thumbs, incoming]) mkdirSync(folder, { recursive: true })

  return {
    images,
    thumbs,
    /** Where files wait until they are checked. */
    incoming,

    /** A path in the incoming folder that nobody else uses. */
    newPath: (): string => join(incoming, `${randomBytes(16).toString("hex")}.new`),

    /** The path of a file on its way in, which is written if it is not there yet. */
    pathOf: async (source: Source, otherwise: string): Promise<string> => {
      if ("path" in source) return source.path
      await writeFile(otherwise, source.bytes)
      return otherwise
    },

    /** Moves an image that was made anew to its key, and its thumbnail beside it. */
    put: async (key: MediaKey, from: string, thumb: boolean): Promise<void> => {
      if (thumb) await moved(`${from}.thumb`, thumbs, thumbOf(key))
      await moved(from, images, key)
    },

    /** Where a key's image is, or its thumbnail, and how many bytes it has; undefined when it is not there. */
    find: async (
      key: MediaKey,
      thumb = false,
    ): Promise<{ readonly path: string; readonly bytes: number } | undefined> => {
      const path = thumb ? join(thumbs, thumbOf(key)) : join(images, key)
      const found = await stat(path).catch(ignoreMissing)
      return found?.isFile() ? { path, bytes: found.size } : undefined
    },

    /** Removes what is left of files that came in. */
    clear: async (...paths: ReadonlyArray<string>): Promise<void> => {
      for (const path of paths) await rm(path, { force: true })
    },

    /** Removes a key's image and its thumbnail. */
    remove: async (key: MediaKey): Promise<void> => {
      await rm(join(images, key), { force: true })
      await rm(join(thumbs, thumbOf(key)), { force: true })
    },
  }
}

export type Store = ReturnType<typeof openStore>

/** Whether a text is the key of an image. */
export const isMediaKey = Schema.is(MediaKey)

const moved = async (from: string, folder: string, name: string): Promise<void> => {
  await sync(from, "r+")
  await rename(from, join(folder, name))
  await syncFolder(folder)
}

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
