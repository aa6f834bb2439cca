import { limits } from "@roomlog/schemas/limits"
import sharp, { type Sharp } from "sharp"
import type { Head } from "./cost.ts"

/** Whether an image needs no thumbnail. */
export const isSmall = ({ width, height }: { readonly width: number; readonly height: number }): boolean =>
  Math.max(width, height) <= limits.thumbSide

/** A still WebP, no larger than a thumbnail may be. */
export const thumbnailOf = (image: Sharp, { frames }: Head): Promise<Buffer> =>
  (frames > 1 ? image : image.autoOrient()).resize(inside(limits.thumbSide)).webp({ quality: 80, effort: 2 }).toBuffer()

/** A data URL of a WebP of a few pixels, at most 1,000 characters. */
export const placeholderOf = async (thumbnail: Buffer): Promise<string> => {
  for (const side of [24, 16, 8]) {
    const tiny = await sharp(thumbnail).resize(inside(side)).webp({ quality: 40, alphaQuality: 40 }).toBuffer()
    const url = `data:image/webp;base64,${tiny.toString("base64")}`
    if (url.length <= 1_000) return url
  }
  throw new Error("a WebP of eight pixels is larger than it can be")
}

const inside = (side: number) => ({ width: side, height: side, fit: "inside", withoutEnlargement: true }) as const
