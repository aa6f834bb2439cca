import type { Rejection, RejectionOf, RejectionTag } from "@roomlog/schemas"

/** The server's "no" inside a failure, when it is one of that kind. */
export const refusal = <Tag extends RejectionTag>(failure: unknown, tag: Tag): RejectionOf<Tag> | null => {
  const { rejection } = (failure ?? {}) as { rejection?: Rejection }
  return rejection?._tag === tag ? (rejection as RejectionOf<Tag>) : null
}
