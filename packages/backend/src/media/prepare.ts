import { readFile, writeFile } from "node:fs/promises"
import { limits } from "@roomlog/schemas/limits"
import sharp, { type Metadata, type Sharp } from "sharp"
import { type Head, memoryFor } from "./cost.ts"
import { type Answer, type Job, mostTaken } from "./decoderJob.ts"
import { encoded } from "./encode.ts"
import { damaged, type Kind, kindOf, type Refusal } from "./kind.ts"
import { isSmall, placeholderOf, thumbnailOf } from "./small.ts"

sharp.cache(false)
sharp.concurrency(1)
sharp.block({ operation: ["VipsForeignLoad"] })
sharp.unblock({
  operation: ["Png", "Jpeg", "Webp", "Nsgif", "Heif"].map((format) => `VipsForeignLoad${format}`),
})

/** Looks at the bytes, then at the header, and only then decodes; writes the picture anew, without anything else that was in the file. */
export const prepare = async (job: Job): Promise<Answer> => {
  const bytes = await readFile(job.path)
  const kind = kindOf(bytes)
  if ("refused" in kind) return kind
  const head = await headOf(bytes, kind)
  const no = head === undefined ? { refused: damaged } : refusalOf(head)
  if (head === undefined || no !== undefined) return no ?? { refused: damaged }
  if (!job.alone && memoryFor(head) > mostTaken.amongOthers) return { heavy: true }
  return decoded(bytes, { job, kind, head })
}

const decoded = async (
  bytes: Buffer,
  { job, kind, head }: { readonly job: Job; readonly kind: Kind; readonly head: Head },
): Promise<Answer> => {
  try {
    const full = await encoded(upright(bytes, head), head).toFile(job.to)
    const size = { width: full.width, height: full.pageHeight ?? full.height }
    const small = await thumbnailOf(sharp(bytes, { ...reading, animated: false }), head)
    const thumb = kind.frames > 1 || !isSmall(size)
    if (thumb) await writeFile(`${job.to}.thumb`, small)
    return { type: kind.type, ext: kind.ext, ...size, bytes: full.size, thumb, placeholder: await placeholderOf(small) }
  } catch (cause) {
    if (isOfTheDisk(cause)) throw cause
    return { refused: damaged }
  }
}

const reading = {
  failOn: "error",
  limitInputPixels: limits.imagePixels,
  unlimited: false,
  sequentialRead: true,
} as const

/** Animations stay as they are: nothing that makes them turns them. */
const upright = (bytes: Buffer, { frames }: Head): Sharp =>
  frames > 1 ? sharp(bytes, { ...reading, animated: true }) : sharp(bytes, reading).autoOrient()

/** What the decoder itself makes of the header, so that no other reader can be told other things; undefined when it makes nothing of it. */
const headOf = async (bytes: Buffer, { type, frames }: Kind): Promise<Head | undefined> => {
  const told: Metadata | undefined = await sharp(bytes, { ...reading, limitInputPixels: false })
    .metadata()
    .catch(() => undefined)
  if (told === undefined || told.format !== format[type] || !(told.width > 0 && told.height > 0)) return undefined
  return {
    type,
    frames,
    width: told.width,
    height: told.height,
    orientation: told.orientation ?? 1,
    channels: told.channels,
    depth: told.depth === "uchar" ? 1 : 2,
    progressive: told.isProgressive,
    fullColour: told.chromaSubsampling !== "4:2:0",
    lossless: type === "image/webp" && isLossless(bytes),
  }
}

/** Whether the first picture of a WebP is stored without loss. */
const isLossless = (bytes: Buffer): boolean => {
  const [lossless, lossy] = [bytes.indexOf("VP8L", 12, "latin1"), bytes.indexOf("VP8 ", 12, "latin1")]
  return lossless >= 0 && (lossy < 0 || lossless < lossy)
}

const format = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/webp": "webp",
  "image/gif": "gif",
  "image/avif": "heif",
} as const

const refusalOf = (head: Head): Refusal | undefined => {
  const pixels = head.width * head.height
  const most = `${limits.imagePixels / 1_000_000} megapixels`
  if (pixels > limits.imagePixels) return { refused: `An image may have at most ${most}.` }
  if (pixels * head.frames > limits.imagePixels)
    return { refused: `An animation may have at most ${most} in all its frames together.` }
  if (memoryFor(head) > mostTaken.alone)
    return {
      refused: "It would take too much memory to read this image. Make it smaller, or save it as PNG or plain JPEG.",
    }
  return undefined
}

/** A full disk is not the image's fault. */
const isOfTheDisk = (cause: unknown): boolean =>
  cause instanceof Error && ("code" in cause || /system error|no space left/i.test(cause.message))
