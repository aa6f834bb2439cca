import type { Stored } from "@roomlog/log"
import { Data } from "effect"

/** An event that cannot be folded. The live tables were not touched. */
export class PoisonEvent extends Data.TaggedError("PoisonEvent")<{
  readonly part: number
  readonly pos: number
  readonly type: string
  readonly message: string
  readonly cause: unknown
}> {}

/** Says which event it was. */
export const poison = ({ part, pos, type }: Stored, cause: unknown): PoisonEvent =>
  new PoisonEvent({
    part,
    pos,
    type,
    cause,
    message: `Event ${pos} of partition ${part} (${type}) cannot be folded: ${cause instanceof Error ? cause.message : String(cause)}`,
  })
