import { sentence } from "@roomlog/backend"
import type { Rejection } from "@roomlog/schemas"
import type { MediaFolder } from "./images.ts"
import { keeper } from "./keeper.ts"
import type { OldRow } from "./oldRooms.ts"
import { makePages, type Page, type PageNeeds } from "./page.ts"
import { joining, type Kept, posts, type Said } from "./said.ts"

export interface TakeOverNeeds extends PageNeeds {
  readonly folder: MediaFolder
  readonly stop: AbortSignal
  /** How many messages are done. */
  readonly onProgress: (done: number) => void
}

/** Somebody wanted an end. */
export class Stopped extends Error {}

/** Pages whose images are taken in while those before them are said. */
const pagesAhead = 4

/** A page whose images are on their way. */
interface Ahead {
  readonly page: Page
  readonly images: Promise<ReadonlyMap<Said, Kept>>
}

/**
 * Takes over messages in the order in which they come: what is here already is left alone, so that a second run adds
 * only what is missing. Throws when a database fails, or `Stopped`; what was said until then stays.
 */
export const takeOver = async (pages: AsyncIterable<ReadonlyArray<OldRow>>, needs: TakeOverNeeds): Promise<void> => {
  const { here, stop, onProgress } = needs
  const look = makePages(needs)
  const say = await makeSay(needs)
  const images = keeper(needs)
  const ahead: Array<Ahead> = []
  let done = 0

  const sayNext = async (): Promise<void> => {
    const { page, images } = ahead.shift()!
    const kept = await images
    if (stop.aborted) throw new Stopped()
    await say(page, kept)
    done += page.rows
    onProgress(done)
  }

  try {
    for await (const rows of pages) {
      if (stop.aborted) throw new Stopped()
      const page = await look(rows)
      ahead.push({ page, images: images.keep(page) })
      if (ahead.length > pagesAhead) await sayNext()
    }
    while (ahead.length > 0) await sayNext()
  } finally {
    await images.end()
  }
  await here.markRead(roomsOf(needs))
}

/** Says the fresh messages of a page, and lets their speakers in. */
const makeSay = async (needs: TakeOverNeeds) => {
  const { here, report } = needs
  const members = new Set((await here.look.members(roomsOf(needs))).map(({ room, user }) => `${room}/${user}`))

  const commandsOf = (said: Said, kept: Kept | undefined, known: ReadonlySet<string>) => {
    const member = `${said.target.room}/${said.by}`
    const comes = members.has(member) ? [] : [joining(said)]
    members.add(member)
    return [...comes, ...posts(said, kept, known)]
  }

  const tell = (said: Said, kept: Kept | undefined, refused: Rejection | undefined): void => {
    if (refused !== undefined) return report.left(said.row.id, sentence(refused))
    report.add("messages", "taken")
    if (said.texts.length > 1) report.note("message", said.row.id, `it is long; said in ${said.texts.length} messages`)
    if (kept === undefined) return
    report.add("images", "key" in kept ? "taken" : "left")
    if ("problem" in kept) report.note("image", `${said.image} (message ${said.row.id})`, kept.problem)
  }

  return async ({ fresh, known }: Page, kept: ReadonlyMap<Said, Kept>): Promise<void> => {
    const asked = fresh.map((said) => commandsOf(said, kept.get(said), known))
    const answers = (await here.submit(asked.flat())).values()
    for (const [i, said] of fresh.entries()) {
      const refused = asked[i]!.map(() => answers.next().value).filter((one) => one !== undefined && !isFine(one))
      tell(said, kept.get(said), refused[0])
    }
  }
}

const roomsOf = ({ targets }: PageNeeds) => [...new Set(targets.map(({ room }) => room))]

/** Somebody else was quicker with the same. */
const isFine = ({ _tag }: Rejection): boolean => _tag === "AlreadyMember" || _tag === "MessageIdTaken"
