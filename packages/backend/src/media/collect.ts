import { opendir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import type { MediaKey } from "@roomlog/schemas"
import { Duration, Effect, Schedule } from "effect"
import type { Images } from "./readModel.ts"
import { isMediaKey, keysOf, type Store } from "./store.ts"

/** Milliseconds until what nobody needs is collected for the first time, and between the times. */
export interface CollectorPace {
  readonly first: number
  readonly every: number
}

/** Images or files that are looked at in one go. */
const atOnce = 500
const day = 24 * 60 * 60 * 1000

/**
 * Collects what nobody needs: images that no message showed within a day, images of messages that were removed a day
 * ago, files without rows, and what uploads left behind. Several nodes may do so at once. An image that messages show
 * is never collected because its file is missing: the folder may only not be there today.
 */
export const makeCollector = ({ images, store }: { readonly images: Images; readonly store: Store }) => {
  const removeFiles = (keys: ReadonlyArray<MediaKey>) =>
    Effect.promise(async () => {
      for (const key of keys) await store.remove(key)
    })

  const erase = Effect.fn("Media.erase")(function* (keys: ReadonlyArray<MediaKey>) {
    yield* images.erased(keys)
    yield* removeFiles(keys)
  })

  const collectRows = Effect.fnUntraced(function* () {
    let last: string | undefined = ""
    while (last !== undefined) {
      const keys: ReadonlyArray<MediaKey> = yield* images.page(last, atOnce)
      last = keys.length < atOnce ? undefined : keys.at(-1)
      yield* images.letGo(keys)
      const unneeded = yield* images.expire(keys)
      yield* removeFiles(unneeded.map(({ key }) => key))
      yield* images.forget(unneeded.flatMap(({ key, wasShown }) => (wasShown ? [] : [key])))
      yield* images.claim(keys)
    }
  })

  /** Old files of a folder that belong to none of the keys that their names may stand for. */
  const collectFiles = Effect.fnUntraced(function* (
    folder: string,
    keysOfName: (name: string) => ReadonlyArray<string>,
  ) {
    const files = yield* Effect.acquireRelease(
      Effect.promise(() => opendir(folder)),
      (opened) => Effect.promise(() => opened.close()),
    )
    for (let some = yield* next(files); some.length > 0; some = yield* next(files)) {
      const known = yield* images.known(some.flatMap(keysOfName))
      for (const name of some)
        if (!keysOfName(name).some((key) => known.has(key)))
          yield* Effect.promise(() => removeIfOld(join(folder, name)))
    }
  }, Effect.scoped)

  return {
    /** Deletes images for good, at once: nobody gets them again, and messages that showed them cannot be restored. */
    erase,

    /** Looks through everything once. */
    collect: Effect.fn("Media.collect")(function* () {
      yield* collectRows()
      yield* collectFiles(store.images, (name) => (isMediaKey(name) ? [name] : []))
      yield* collectFiles(store.thumbs, keysOf)
      yield* collectFiles(store.incoming, () => [])
    }),
  }
}

export type Collector = ReturnType<typeof makeCollector>

/** Collects again and again until the scope closes. A time that fails is told to the log, and the next one comes all the same. */
export const startCollecting = (collector: Collector, { first, every }: CollectorPace) =>
  collector.collect().pipe(
    Effect.catchCause((cause) => Effect.logError("Images that nobody needs could not be collected", cause)),
    Effect.repeat(Schedule.spaced(Duration.millis(every))),
    Effect.delay(Duration.millis(first)),
    Effect.forkScoped,
  )

const next = (files: Awaited<ReturnType<typeof opendir>>): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const names: Array<string> = []
    for (let file = await files.read(); file !== null; file = names.length < atOnce ? await files.read() : null)
      if (file.isFile()) names.push(file.name)
    return names
  })

const removeIfOld = async (path: string): Promise<void> => {
  const changedAt = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  )
  if (Date.now() - changedAt > day) await rm(path, { force: true })
}
