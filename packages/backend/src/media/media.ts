import { stat } from "node:fs/promises"
import type { ImageType, RoomId, StoredImage, UserId } from "@roomlog/schemas"
import { Effect } from "effect"
import type { Spend } from "../rates.ts"
import { reject } from "../rejected.ts"
import type { Rooms } from "../room/readModel.ts"
import type { Sql } from "../sql.ts"
import { type CollectorPace, makeCollector, startCollecting } from "./collect.ts"
import { type DecoderLimits, openDecoders } from "./decoders.ts"
import { refusedSize } from "./kind.ts"
import { type ImageRow, makeImages } from "./readModel.ts"
import { isMediaKey, keysOf, newKey, openStore, type Source } from "./store.ts"

export interface MediaNeeds {
  readonly run: Sql
  /** The media folder; made when it is not there. */
  readonly dir: string
  readonly now: () => number
  readonly rooms: Pick<Rooms, "readable">
  readonly spend: Spend
  /** The usual ones when left out. */
  readonly decoders?: DecoderLimits
  /** How often what nobody needs is collected; never by itself when left out. */
  readonly collecting?: CollectorPace
}

/** An image for a room. */
export type Offered = Source & { readonly room: RoomId; readonly owner: { readonly id: UserId } }

/** An image that a reader may have. */
export interface OpenImage {
  readonly path: string
  readonly type: ImageType
  readonly bytes: number
  /** Whether its room is for members only. */
  readonly isPrivate: boolean
}

/** Images: made anew and stored before a message can show them, and given only to readers of their room. Ends its decoders with the scope. */
export const makeMedia = Effect.fn("makeMedia")(function* (needs: MediaNeeds) {
  const { run, dir, now, rooms, spend } = needs
  const store = openStore(dir)
  const images = makeImages(run)
  const collector = makeCollector({ images, store })
  const decoders = yield* Effect.acquireRelease(
    Effect.sync(() => openDecoders(needs.decoders)),
    (opened) => Effect.promise(() => opened.close()),
  )
  if (needs.collecting) yield* startCollecting(collector, needs.collecting)

  /** Whether somebody may upload to a room now. Counts the upload. */
  const admit = Effect.fn("Media.admit")(function* (room: RoomId, owner: UserId) {
    yield* rooms.readable(owner, room)
    yield* spend("uploads", owner)
  })

  /** Makes the image of an upload that was admitted anew, and stores it. A file offered by its path is gone afterwards. */
  const keep = Effect.fn("Media.keep")(function* (offered: Offered) {
    const to = store.newPath()
    const came = "path" in offered ? offered.path : `${to}.came`
    const left = [came, to, `${to}.thumb`]
    return yield* stored(offered, { came, to }).pipe(Effect.ensuring(Effect.promise(() => store.clear(...left))))
  })

  const stored = Effect.fnUntraced(function* (
    { room, owner, ...source }: Offered,
    { came, to }: { readonly came: string; readonly to: string },
  ) {
    yield* rooms.readable(owner.id, room)
    yield* refuseWrongSize(source)
    const prepared = yield* Effect.promise(async () => decoders.prepare(await store.pathOf(source, came), to))
    if ("refused" in prepared) return yield* noImage(prepared.refused)
    const { ext, thumb, ...made } = prepared
    const image: StoredImage = { key: newKey(now(), ext), ...made }
    yield* Effect.promise(() => store.put(image.key, to, thumb))
    yield* images
      .add({ ...image, room, owner: owner.id, thumb }, now())
      .pipe(Effect.tapError(() => Effect.promise(() => store.remove(image.key))))
    return image
  })

  const opened = Effect.fnUntraced(function* (row: ImageRow | undefined, reader: UserId | undefined, thumb: boolean) {
    if (row === undefined) return undefined
    const file = yield* Effect.promise(() => store.find(row.key, thumb && row.thumb))
    if (file === undefined) return undefined
    const room = yield* rooms
      .readable(reader, row.room)
      .pipe(Effect.catchTag("Rejected", () => Effect.succeed(undefined)))
    if (room === undefined) return undefined
    const type = thumb && row.thumb ? "image/webp" : row.type
    const image: OpenImage = { ...file, type, isPrivate: room.visibility === "private" }
    return image
  })

  return {
    incoming: store.incoming,
    admit,
    keep,

    /** Admits and keeps in one go, for doors that have the whole image at once. */
    accept: Effect.fn("Media.accept")(function* (offered: Offered) {
      yield* admit(offered.room, offered.owner.id)
      return yield* keep(offered)
    }),

    /** The image behind a key; undefined when there is none, or none that the reader may see. */
    open: Effect.fn("Media.open")(function* (key: string, reader: UserId | undefined) {
      return isMediaKey(key) ? yield* opened(yield* images.find([key]), reader, false) : undefined
    }),

    /** The thumbnail of that name, or the image itself when it needs none; undefined as for `open`. */
    openThumb: Effect.fn("Media.openThumb")(function* (name: string, reader: UserId | undefined) {
      const keys = keysOf(name)
      return keys.length > 0 ? yield* opened(yield* images.find(keys), reader, true) : undefined
    }),

    /** Deletes images for good, at once, whoever shows them. */
    erase: collector.erase,
    /** Looks through all images and files once, and collects what nobody needs. */
    collect: collector.collect,
    /** Process ids of the decoders that run. */
    decoders: decoders.pids,
  }
})

export type Media = Effect.Success<ReturnType<typeof makeMedia>>

const refuseWrongSize = Effect.fnUntraced(function* (source: Source) {
  const size = "path" in source ? yield* Effect.promise(() => stat(source.path)) : { size: source.bytes.length }
  const wrongSize = refusedSize(size.size)
  if (wrongSize !== undefined) return yield* noImage(wrongSize)
})

const noImage = (reason: string) => reject({ _tag: "InvalidInput", field: "image", reason })
