import { Result } from "effect"
import type { Waiting } from "./command.ts"
import type { Batch, Receipt, Stored } from "./contract.ts"

/** A group that was judged: what to append, and what to answer once it stands. */
export interface Decided<Content, Refusal> {
  readonly batch: Batch<Content, Refusal>
  readonly events: Array<Stored>
  /** Of each event's command. */
  readonly fingerprints: Array<string>
  readonly accepted: Array<{ readonly command: Waiting<Content, Refusal>; readonly receipt: Receipt }>
  readonly refused: Array<{ readonly command: Waiting<Content, Refusal>; readonly refusal: Refusal }>
}

/** Where a partition and its streams stand. */
export interface Standing {
  readonly part: number
  readonly pos: number
  /** Newest seq of each stream; moved on by deciding. */
  readonly seqs: Map<string, number>
  /** When everything happens that does not say when it happened. */
  readonly now: number
}

/** Judges one command after another, each on what those before it did, and gives every event its place. */
export const decide = <Content, Refusal>(
  group: ReadonlyArray<Waiting<Content, Refusal>>,
  batch: Batch<Content, Refusal>,
  { part, pos: head, seqs, now }: Standing,
): Decided<Content, Refusal> => {
  const decided: Decided<Content, Refusal> = { batch, events: [], fingerprints: [], accepted: [], refused: [] }
  for (const command of group) {
    const { stream, actor, command: id, at = now } = command.submission
    const seq = seqs.get(stream) ?? 0
    const pos = head + decided.events.length
    const verdict = batch.judge(command.submission, { part, pos: pos + 1, seq: seq + 1, at })
    if (Result.isFailure(verdict)) {
      decided.refused.push({ command, refusal: verdict.failure })
      continue
    }
    const drafts = verdict.success
    if (drafts.length === 0) throw new Error("A command was accepted without an event")
    for (const [index, draft] of drafts.entries()) {
      const place = { part, pos: pos + index + 1, stream, seq: seq + index + 1 }
      decided.events.push({ ...place, ...draft, actor, command: id, index, at })
      decided.fingerprints.push(command.fingerprint)
    }
    seqs.set(stream, seq + drafts.length)
    const receipt = { part, pos: pos + drafts.length, seq: seq + drafts.length, at, repeated: false }
    decided.accepted.push({ command, receipt })
  }
  return decided
}
