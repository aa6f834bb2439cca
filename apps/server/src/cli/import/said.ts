import { derivedId } from "@roomlog/backend"
import type { Submission } from "@roomlog/log"
import type { Command, MessageId, StoredImage, UserId } from "@roomlog/schemas"
import { insteadOf } from "./images.ts"
import { factsOf, messageId, type OldRow } from "./oldRooms.ts"
import { personOf } from "./people.ts"
import type { Target } from "./rooms.ts"
import { partsOf, readTime } from "./words.ts"

/** An old message as it is said here. */
export interface Said {
  readonly row: OldRow
  readonly target: Target
  readonly facts: ReadonlyArray<string>
  readonly by: UserId
  readonly at: number
  /** A long text is said in parts. */
  readonly texts: ReadonlyArray<string>
  /** Path of its image, as the old database has it. */
  readonly image: string | undefined
  /** Ids of the messages that its texts, or its image alone, become. */
  readonly ids: ReadonlyArray<MessageId>
}

/** What came of an image. */
export type Kept = StoredImage | { readonly problem: string }

/** Reads an old message; `last` is when the one before it was said, for those without a time. */
export const readSaid = (row: OldRow, target: Target, last: number): Said => {
  const texts = partsOf(row.content ?? "")
  const time = readTime(row.at)
  const facts = factsOf(target.old, row.id, time)
  const image = row.image?.trim() || undefined
  const parts = image === undefined ? texts.length : Math.max(1, texts.length)
  return {
    row,
    target,
    facts,
    by: personOf(row.username),
    at: time?.at ?? last,
    texts,
    image,
    ids: Array.from({ length: parts }, (_, part) => messageId(facts, part)),
  }
}

/** The commands that say what is not here yet. */
export const posts = (
  said: Said,
  kept: Kept | undefined,
  here: ReadonlySet<string>,
): ReadonlyArray<Submission<Command>> => {
  const { facts, target, by, at } = said
  const image = kept !== undefined && "key" in kept ? kept : undefined
  const problem = kept !== undefined && "problem" in kept ? kept.problem : undefined
  const texts = problem === undefined ? said.texts : partsOf(withProblem(said, problem))
  return (texts.length === 0 ? [""] : texts).flatMap((text, part) => {
    const message = messageId(facts, part)
    if (here.has(message)) return []
    const images = image !== undefined && part === 0 ? [{ key: image.key, alt: "" }] : []
    return {
      stream: target.room,
      actor: by,
      command: derivedId("django", "post", ...facts, part),
      at,
      content: { _tag: "PostMessage", room: target.room, message, text, images, replyTo: null },
    }
  })
}

/** Lets its speaker in at the time of what is said. Tied to the message, so that who left since comes in again with the next one. */
export const joining = ({ facts, target, by, at }: Said): Submission<Command> => ({
  stream: target.room,
  actor: by,
  command: derivedId("django", "join", ...facts),
  at,
  content: { _tag: "JoinRoom", room: target.room },
})

const withProblem = ({ row, image = "" }: Said, problem: string): string =>
  [row.content?.trim() || [], insteadOf(image, problem)].flat().join("\n")
