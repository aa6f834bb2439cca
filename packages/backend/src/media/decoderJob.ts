import type { ImageType } from "@roomlog/schemas"
import type { Kind, Refusal } from "./kind.ts"

/** An image for a decoder process to make anew. */
export interface Job {
  readonly path: string
  /** Where the new image goes; its thumbnail goes beside it, under the same name and `.thumb`. */
  readonly to: string
  /** Whether it may take all the memory that there is for decoding, or only half of it. */
  readonly alone: boolean
  /** Milliseconds of a processor's time that it may take. By the clock it may be three times that, on a machine that has more to do. */
  readonly patience: number
}

/** Why an image is refused that takes longer. */
export const tooSlow = {
  refused: "It took too long to read this image. Make it smaller, or save it as PNG or plain JPEG.",
}

/** An image that was made anew: nothing is left of the file that came but the picture. */
export interface Prepared {
  readonly type: ImageType
  readonly ext: Kind["ext"]
  /** In pixels, as it is shown. */
  readonly width: number
  readonly height: number
  readonly bytes: number
  /** Whether a thumbnail was written. */
  readonly thumb: boolean
  /** A data URL. */
  readonly placeholder: string
}

/** What a decoder says of a job. "heavy": it must be alone for this one, and has not begun. */
export type Answer = Prepared | Refusal | { readonly heavy: true } | { readonly failed: string }

/** What a decoder process tells: that it is there; an answer, how many bytes of memory it holds afterwards, and whether it ends now. */
export type Told = { readonly ready: true } | { readonly answer: Answer; readonly held: number; readonly ends: boolean }

/**
 * Bytes that a decoder process may hold: one of two, one that is alone, and one that waits for more. Together with the
 * server's own work that is never 300 MB more.
 */
export const mostHeld = { amongOthers: 130_000_000, alone: 270_000_000, idle: 105_000_000 }

/** Bytes that an image may take beyond what an idle decoder holds. */
export const mostTaken = { amongOthers: 40_000_000, alone: 175_000_000 }
