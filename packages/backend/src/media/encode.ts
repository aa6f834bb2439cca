import type { ImageType } from "@roomlog/schemas"
import type { Sharp } from "sharp"
import { type Head, staysLossless } from "./cost.ts"

/** The same kind of image again, in sRGB and without metadata, close enough to the original that nobody sees a difference. */
export const encoded = (image: Sharp, head: Head): Sharp => encoders[head.type](image, head)

const encoders: Record<ImageType, (image: Sharp, head: Head) => Sharp> = {
  "image/png": (image) => image.png({ compressionLevel: 6 }),
  // Better coding tables and progressive files need all of the image in memory.
  "image/jpeg": (image, { width, height, fullColour }) =>
    image.jpeg({
      quality: 90,
      chromaSubsampling: fullColour ? "4:4:4" : "4:2:0",
      optimiseCoding: width * height <= 4_000_000,
    }),
  "image/webp": (image, head) =>
    staysLossless(head) ? image.webp({ lossless: true, effort: 1 }) : image.webp({ quality: 88, effort: 2 }),
  "image/gif": (image) => image.gif({ effort: 2, dither: 0 }),
  "image/avif": (image) => image.avif({ quality: 65, effort: 1, chromaSubsampling: "4:2:0" }),
}
