import type { Rejection } from "@roomlog/schemas"
import type { Frame } from "./frame.ts"

/** Why a subscription ended, when it was not its reader who ended it. */
export type End =
  | { readonly _tag: "refused"; readonly rejection: Rejection }
  /** Too much was waiting for too long: come back with the last token. */
  | { readonly _tag: "slow" }
  | { readonly _tag: "failed"; readonly cause: unknown }
  /** The item before was a reset: load a page afresh. */
  | { readonly _tag: "reset" }
  | { readonly _tag: "closing" }

/** Where a subscriber's frames go. Nothing here may throw or wait. */
export interface Sink {
  readonly deliver: (frame: Frame) => void
  /** Bytes that were delivered and have not left yet. */
  readonly buffered: () => number
  /** Nothing is delivered after this. */
  readonly end: (why: End) => void
}

/** A sink that keeps frames until somebody takes them. */
export class FrameQueue implements Sink {
  readonly #frames: Frame[] = []
  #bytes = 0
  #wake: (() => void) | undefined
  #end: End | undefined

  deliver(frame: Frame): void {
    this.#frames.push(frame)
    this.#bytes += frame.json.length
    this.#wake?.()
  }

  buffered(): number {
    return this.#bytes
  }

  end(why: End): void {
    this.#end ??= why
    this.#wake?.()
  }

  /** The next frame, or how it ended; `undefined` once `signal` is aborted. Frames before the end come first. */
  async next(signal: AbortSignal | undefined): Promise<Frame | End | undefined> {
    while (!signal?.aborted) {
      const frame = this.#frames.shift()
      if (frame) {
        this.#bytes -= frame.json.length
        return frame
      }
      if (this.#end) return this.#end
      await this.#news(signal)
    }
    return undefined
  }

  #news(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener("abort", wake)
        this.#wake = undefined
        resolve()
      }
      this.#wake = wake
      signal?.addEventListener("abort", wake, { once: true })
    })
  }
}
