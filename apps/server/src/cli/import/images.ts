import { realpath, stat } from "node:fs/promises"
import { isAbsolute, join, relative, resolve } from "node:path"
import { limits } from "@roomlog/schemas"

/** Where old images are looked for; undefined when none are taken over. */
export type MediaFolder = string | undefined

/** An image's file, or why there is none: as the end of "could not be taken over: ...". */
export type Found = { readonly path: string } | { readonly problem: string }

/** Looks for the file behind a message's image. It is in the folder, whatever the old path says. */
export const findImage = async (folder: MediaFolder, image: string): Promise<Found> => {
  if (folder === undefined) return { problem: "images were left behind" }
  if (/^[a-z]{2,}:/i.test(image)) return { problem: "it is an address and no file" }
  const path = resolve(folder, image.replace(/^\/?media\//, ""))
  if (image.includes("\0") || !isInside(folder, path)) return { problem: "its path leads out of the media folder" }
  try {
    if (!isInside(await realpath(folder), await realpath(path)))
      return { problem: "its path leads out of the media folder" }
    const { size, isFile } = await facts(path)
    if (!isFile) return { problem: "it is no file" }
    return size > limits.imageBytes ? { problem: `it has more than ${limits.imageBytes / 1024 / 1024} MB` } : { path }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === "ENOENT" || code === "ENOTDIR") return { problem: "the file is missing" }
    if (code === "ENAMETOOLONG") return { problem: "its name is too long" }
    return { problem: `the file cannot be read (${code ?? message})` }
  }
}

/** Throws a sentence when this is no folder. */
export const checkFolder = async (folder: string): Promise<string> => {
  const found = await stat(folder).catch(() => undefined)
  if (!found?.isDirectory())
    throw new Error(`There is no folder ${folder}. --media takes the MEDIA_ROOT of the old application.`)
  return resolve(folder)
}

/** The text that stands where an image could not. */
export const insteadOf = (image: string, problem: string): string =>
  `[image: ${nameOf(image)} could not be taken over: ${problem}]`

const nameOf = (image: string): string =>
  (image.split(/[/\\]/).at(-1) || image).replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "").slice(0, 100)

const facts = async (path: string) => {
  const found = await stat(path)
  return { size: found.size, isFile: found.isFile() }
}

const isInside = (folder: string, path: string): boolean => {
  const way = relative(join(folder), path)
  return way !== "" && way !== ".." && !way.startsWith("../") && !way.startsWith("..\\") && !isAbsolute(way)
}
