import { run } from "@roomlog/backend"
import { Effect, Semaphore } from "effect"
import type { Here } from "./here.ts"
import { findImage, type MediaFolder } from "./images.ts"
import type { Page } from "./page.ts"
import type { Kept, Said } from "./said.ts"

/** Images that are held at once: as many are made anew as there are decoders, and the others are being read. */
const atOnce = 4

export interface KeeperNeeds {
  readonly here: Pick<Here, "keep">
  readonly folder: MediaFolder
  readonly stop: AbortSignal
}

/** Takes in the images of pages, a few at a time over all of them. */
export const keeper = ({ here, folder, stop }: KeeperNeeds) => {
  const turns = Semaphore.makeUnsafe(atOnce)
  const pages = new Set<Promise<unknown>>()
  let isOver = false

  const keep = async (said: Said): Promise<Kept> => {
    if (isOver || stop.aborted) return { problem: "the import was stopped" }
    const found = await findImage(folder, said.image!)
    return "problem" in found ? found : here.keep({ room: said.target.room, owner: said.by, path: found.path })
  }

  const keepAll = async ({ fresh, known }: Page): Promise<ReadonlyMap<Said, Kept>> => {
    const shown = fresh.filter(({ image, ids }) => image !== undefined && !known.has(ids[0]!))
    const inTurn = (said: Said) =>
      turns.withPermit(Effect.tryPromise({ try: () => keep(said), catch: (cause) => cause }))
    return new Map(await Promise.all(shown.map(async (said) => [said, await run(inTurn(said))] as const)))
  }

  return {
    /** What came of each image that is not here. After a stop it tells nothing that may be said. */
    keep: (page: Page): Promise<ReadonlyMap<Said, Kept>> => {
      const kept = keepAll(page)
      const settled: Promise<unknown> = kept.then(
        () => pages.delete(settled),
        () => pages.delete(settled),
      )
      pages.add(settled)
      return kept
    },

    /** Begins no more, and waits for those that were begun. */
    end: async (): Promise<void> => {
      isOver = true
      await Promise.all(pages)
    },
  }
}
