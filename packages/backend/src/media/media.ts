import { readFile, stat } from "node:fs/promises"
import type { ImageType, MediaKey, RoomId, StoredImage, UserId } from "@roomlog/schemas"
import { Effect, Result, Semaphore } from "effect"
import type { Spend } from "../rates.ts"
import { reject } from "../rejected.ts"
import type { Rooms } from "../room/readModel.ts"
import type { Sql } from "../sql.ts"
import { type Kind, kindOf, refusedSize } from "./kind.ts"
import { newKey, openStore, type Source } from "./store.ts"
import { withoutTraces } from "./traces.ts"

export interface MediaNeeds {
  readonly run: Sql
  /** The media folder; made when it is not there. */
  readonly dir: string
  readonly now: () => number
  readonly rooms: Pick<Rooms, "readable">
  readonly spend: Spend
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

/** Images that are held in memory at once while they are checked. */
const checkedAtOnce = 2

/** Images: checked and stored before a message can show them, and given only to readers of their room. */
export const makeMedia = ({ run, dir, now, rooms, spend }: MediaNeeds) => {
  const store = openStore(dir)
  const turns = Semaphore.makeUnsafe(checkedAtOnce)

  /** Whether somebody may upload to a room now. Counts the upload. */
  const admit = Effect.fn("Media.admit")(function* (room: RoomId, owner: UserId) {
    yield* rooms.readable(owner, room)
    yield* spend("uploads", owner)
  })

  /** Checks, cleans and stores the image of an upload that was admitted. A file offered by its path is gone afterwards. */
  const keep = (offered: Offered) => stored(offered).pipe(Effect.ensuring(Effect.promise(() => store.clear(offered))))

  const checked = Effect.fnUntraced(function* (source: Source) {
    const { ext, bytes, ...kind } = yield* inspected(source)
    const clean = withoutTraces(kind.type, bytes)
    const image: StoredImage = { key: newKey(now(), ext), ...kind, bytes: clean.length }
    yield* Effect.promise(() => store.put(image.key, clean))
    return image
  })

  const stored = Effect.fn("Media.keep")(function* ({ room, owner, ...source }: Offered) {
    yield* rooms.readable(owner.id, room)
    const image = yield* turns.withPermit(checked(source))
    yield* run(
      `insert into media (key, room, owner, type, width, height, bytes, created_at)
       values ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8)`,
      [image.key, room, owner.id, image.type, image.width, image.height, image.bytes, now()],
    ).pipe(Effect.tapError(() => Effect.promise(() => store.remove(image.key))))
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
      const file = yield* Effect.promise(() => store.find(key))
      if (file === undefined) return undefined
      const [row] = yield* run<{ key: MediaKey; room: RoomId; type: ImageType }>(
        "select key, room, type from media where key = $1",
        [key],
      )
      if (row === undefined) return undefined
      const room = yield* rooms
        .readable(reader, row.room)
        .pipe(Effect.catchTag("Rejected", () => Effect.succeed(undefined)))
      if (room === undefined) return undefined
      const image: OpenImage = { ...file, type: row.type, isPrivate: room.visibility === "private" }
      return image
    }),
  }
}

export type Media = ReturnType<typeof makeMedia>

const inspected = Effect.fnUntraced(function* (source: Source) {
  const size = "path" in source ? yield* Effect.promise(() => stat(source.path)) : { size: source.bytes.length }
  const wrongSize = refusedSize(size.size)
  if (wrongSize !== undefined) return yield* noImage(wrongSize)
  const bytes = "path" in source ? yield* Effect.promise(() => readFile(source.path)) : bufferOf(source.bytes)
  const kind: Result.Result<Kind, string> = kindOf(bytes)
  if (Result.isFailure(kind)) return yield* noImage(kind.failure)
  return { ...kind.success, bytes }
})

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const noImage = (reason: string) => reject({ _tag: "InvalidInput", field: "image", reason })
