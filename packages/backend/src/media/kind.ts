import type { ImageType } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { Result } from "effect"
import { imageSize } from "image-size"
import { isWhole } from "./whole.ts"

/** What an image is, by its bytes alone; width and height in pixels, as it is shown. */
export interface Kind {
  readonly type: ImageType
  readonly ext: "png" | "jpg" | "webp" | "gif" | "avif"
  readonly width: number
  readonly height: number
}

/** Why a file of this many bytes is no image of ours, whatever is in it. */
export const refusedSize = (bytes: number): string | undefined => {
  if (bytes === 0) return "This file is empty."
  return bytes > limits.imageBytes ? `An image may have at most ${limits.imageBytes / 1024 / 1024} MB.` : undefined
}

/** Why another kind of file cannot be sent. */
export const otherKind = "Only PNG, JPEG, WebP, GIF and AVIF images can be sent."

/** Looks at the bytes, never at a name or header. A refusal is a sentence for people. */
export const kindOf = (file: Uint8Array): Result.Result<Kind, string> => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const tooLarge = refusedSize(bytes.length)
  if (tooLarge !== undefined) return Result.fail(tooLarge)
  const known = kinds.find(({ magic }) => magic(bytes))
  if (known === undefined) return Result.fail(otherKind)
  const size = isWhole(known.type, bytes) ? sizeOf(known.type, bytes) : undefined
  if (size === undefined) return Result.fail("This image is damaged or not complete.")
  if (size.width * size.height > limits.imagePixels)
    return Result.fail(`An image may have at most ${limits.imagePixels / 1_000_000} megapixels.`)
  return Result.succeed({ type: known.type, ext: known.ext, ...size })
}

const kinds: ReadonlyArray<Pick<Kind, "type" | "ext"> & { readonly magic: (bytes: Buffer) => boolean }> = [
  { type: "image/png", ext: "png", magic: (bytes) => starts(bytes, "\x89PNG\r\n\x1a\n") },
  { type: "image/jpeg", ext: "jpg", magic: (bytes) => starts(bytes, "\xff\xd8\xff") },
  { type: "image/gif", ext: "gif", magic: (bytes) => starts(bytes, "GIF87a") || starts(bytes, "GIF89a") },
  { type: "image/webp", ext: "webp", magic: (bytes) => starts(bytes, "RIFF") && starts(bytes, "WEBPVP8", 8) },
  { type: "image/avif", ext: "avif", magic: (bytes) => starts(bytes, "ftyp", 4) && starts(bytes, "avif", 8) },
]

const starts = (bytes: Buffer, text: string, at = 0): boolean => bytes.toString("latin1", at, at + text.length) === text

/** An AVIF says its size near its start; looking further would take a hostile one quadratic time. */
const avifHead = 64 * 1024

const sizeOf = (type: ImageType, bytes: Buffer): Pick<Kind, "width" | "height"> | undefined => {
  try {
    const { width, height, orientation = 1 } = imageSize(type === "image/avif" ? bytes.subarray(0, avifHead) : bytes)
    if (!(width > 0 && height > 0)) return undefined
    return orientation >= 5 && orientation <= 8 ? { width: height, height: width } : { width, height }
  } catch {
    return undefined
  }
}
