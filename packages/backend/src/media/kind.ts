import type { ImageType } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { framesOf } from "./frames.ts"
import { isWhole } from "./whole.ts"

/** What an image is, by its bytes alone. */
export interface Kind {
  readonly type: ImageType
  readonly ext: "png" | "jpg" | "webp" | "gif" | "avif"
  /** Pictures that follow each other; 1 when nothing moves. */
  readonly frames: number
}

/** Why something is no image of ours, as a sentence for people. */
export interface Refusal {
  readonly refused: string
}

/** Why a file of this many bytes is no image of ours, whatever is in it. */
export const refusedSize = (bytes: number): string | undefined => {
  if (bytes === 0) return "This file is empty."
  return bytes > limits.imageBytes ? `An image may have at most ${limits.imageBytes / 1024 / 1024} MB.` : undefined
}

/** Why another kind of file cannot be sent. */
export const otherKind = "Only PNG, JPEG, WebP, GIF and AVIF images can be sent."

/** Why an image cannot be sent whose bytes end early or make no picture. */
export const damaged = "This image is damaged or not complete."

/** Looks at the bytes, never at a name or header, and decodes nothing. */
export const kindOf = (file: Uint8Array): Kind | Refusal => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const wrongSize = refusedSize(bytes.length)
  if (wrongSize !== undefined) return { refused: wrongSize }
  const known = kinds.find(({ magic }) => magic(bytes))
  if (known === undefined) return { refused: otherKind }
  if (!isWhole(known.type, bytes)) return { refused: damaged }
  const frames = framesOf(known.type, bytes)
  if (frames === 0) return { refused: damaged }
  if (frames > limits.imageFrames) return { refused: `An animation may have at most ${limits.imageFrames} frames.` }
  return { type: known.type, ext: known.ext, frames }
}

const kinds: ReadonlyArray<Pick<Kind, "type" | "ext"> & { readonly magic: (bytes: Buffer) => boolean }> = [
  { type: "image/png", ext: "png", magic: (bytes) => starts(bytes, "\x89PNG\r\n\x1a\n") },
  { type: "image/jpeg", ext: "jpg", magic: (bytes) => starts(bytes, "\xff\xd8\xff") },
  { type: "image/gif", ext: "gif", magic: (bytes) => starts(bytes, "GIF87a") || starts(bytes, "GIF89a") },
  { type: "image/webp", ext: "webp", magic: (bytes) => starts(bytes, "RIFF") && starts(bytes, "WEBPVP8", 8) },
  { type: "image/avif", ext: "avif", magic: (bytes) => starts(bytes, "ftyp", 4) && starts(bytes, "avif", 8) },
]

const starts = (bytes: Buffer, text: string, at = 0): boolean => bytes.toString("latin1", at, at + text.length) === text
