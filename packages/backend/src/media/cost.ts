import type { ImageType } from "@roomlog/schemas"

/** What is known of an image before a pixel of it is decoded. */
export interface Head {
  readonly type: ImageType
  /** In pixels, of one frame, as it is stored. */
  readonly width: number
  readonly height: number
  readonly frames: number
  /** Exif's; 1 is upright, from 5 on width and height change places. */
  readonly orientation: number
  readonly channels: number
  /** Bytes of one channel of a pixel. */
  readonly depth: 1 | 2
  /** Progressive or interlaced: nothing can be shown before all of it was read. */
  readonly progressive: boolean
  /** Whether the colours have the full resolution. */
  readonly fullColour: boolean
  /** Whether a WebP was stored without loss. */
  readonly lossless: boolean
}

/** Coding without loss takes four times the memory, so that a large WebP is coded with a little loss instead. */
export const staysLossless = ({ lossless, width, height }: Head): boolean => lossless && width * height <= 3_000_000

/** About how many bytes of memory making an image anew takes at most, as measured with the decoders that sharp brings. */
export const memoryFor = (head: Head): number => head.width * head.height * perPixel[head.type](head) + fixed

const fixed = 12_000_000

/** Bytes for each pixel of a frame. */
const perPixel: Record<ImageType, (head: Head) => number> = {
  "image/jpeg": (head) => {
    const coefficients = head.progressive ? 2 * (head.fullColour ? head.channels : 1.5) : 0
    return 1 + coefficients + (head.orientation > 1 ? head.channels : 0)
  },
  "image/png": ({ progressive, orientation, depth }) => 2 + (progressive || orientation > 1 ? 4 * depth : 0),
  "image/webp": (head) => {
    const frame = head.channels > 3 ? 23 : 13.5
    return (staysLossless(head) ? 50 : frame) + (head.frames > 1 ? 5 * head.frames : 0) + (head.orientation > 1 ? 4 : 0)
  },
  "image/gif": ({ frames }) => 20 + (frames > 1 ? 3 * frames : 0),
  "image/avif": () => 27,
}
