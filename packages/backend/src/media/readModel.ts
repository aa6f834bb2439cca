import type { ImageType, MediaKey, RoomId, StoredImage, UserId } from "@roomlog/schemas"
import { Effect } from "effect"
import type { Sql } from "../sql.ts"

/** An image as its row has it, for whoever wants to see it. */
export interface ImageRow {
  readonly key: MediaKey
  readonly room: RoomId
  readonly type: ImageType
  /** Whether there is a thumbnail beside it. */
  readonly thumb: boolean
}

/** An image that nobody needs any more, and whether messages showed it once. */
export interface Unneeded {
  readonly key: MediaKey
  readonly wasShown: boolean
}

const isShown = "exists (select 1 from shown s where s.key = m.key and s.removed_at is null)"

/** The rows of images. The times of collecting are the database's, so that no machine's clock can hasten it. */
export const makeImages = (run: Sql) => ({
  /** Makes an image known, which is what lets messages show it. */
  add: (image: StoredImage & { readonly room: RoomId; readonly owner: UserId; readonly thumb: boolean }, at: number) =>
    run(
      `insert into media (key, room, owner, type, width, height, bytes, placeholder, thumb, created_at)
       values ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, $8, $9, $10)`,
      [
        image.key,
        image.room,
        image.owner,
        image.type,
        image.width,
        image.height,
        image.bytes,
        image.placeholder ?? null,
        image.thumb,
        at,
      ],
    ),

  /** The first of the keys that is an image which a message shows, or will show. */
  find: (keys: ReadonlyArray<string>) =>
    run<ImageRow>(
      `select m.key, m.room, m.type, m.thumb from media m
       where m.key = any($1::text[]) and m.erased_at is null and (
         ${isShown}
         or m.collected_at is null and not exists (select 1 from shown s where s.key = m.key))
       limit 1`,
      [keys],
    ).pipe(Effect.map((rows): ImageRow | undefined => rows[0])),

  /** Which of the keys have a row whose files have not been erased. */
  known: (keys: ReadonlyArray<string>) =>
    run<{ readonly key: string }>("select key from media where key = any($1::text[]) and erased_at is null", [
      keys,
    ]).pipe(Effect.map((rows) => new Set(rows.map(({ key }) => key)))),

  /** Keys after another, in order, at most `limit`, of images whose files have not been erased. */
  page: (after: string, limit: number) =>
    run<{ readonly key: MediaKey }>(
      "select key from media where key > $1 and erased_at is null order by key limit $2::int",
      [after, limit],
    ).pipe(Effect.map((rows) => rows.map(({ key }) => key))),

  /**
   * Lays hands on those of the keys that no message has shown for a day, or since they came a day ago. From then on no
   * message can begin to show them.
   */
  claim: (keys: ReadonlyArray<string>) =>
    run(
      `update media m set collected_at = clock_timestamp()
       where m.key = any($1::text[]) and m.collected_at is null and m.erased_at is null
         and m.stored_at < clock_timestamp() - interval '1 day'
         and not exists (select 1 from shown s where s.key = m.key and coalesce(s.removed_at,
           extract(epoch from clock_timestamp()) * 1000) > extract(epoch from clock_timestamp() - interval '1 day') * 1000)`,
      [keys],
    ),

  /** Lets go of what a message shows after all: it was judged before the claim, and committed behind it. */
  letGo: (keys: ReadonlyArray<string>) =>
    run(
      `update media m set collected_at = null
       where m.key = any($1::text[]) and m.collected_at is not null and m.erased_at is null and ${isShown}`,
      [keys],
    ),

  /** Marks as erased, and answers, what was claimed an hour ago, which no judge can still have in hand, and is not shown. */
  expire: (keys: ReadonlyArray<string>) =>
    run<Unneeded>(
      `update media m set erased_at = clock_timestamp(), placeholder = null
       where m.key = any($1::text[]) and m.erased_at is null
         and m.collected_at < clock_timestamp() - interval '1 hour' and not ${isShown}
       returning m.key, exists (select 1 from shown s where s.key = m.key) as "wasShown"`,
      [keys],
    ),

  /** Marks images as erased: nobody gets them again, and messages that showed them cannot be restored. */
  erased: (keys: ReadonlyArray<string>) =>
    run(
      `update media set erased_at = clock_timestamp(), collected_at = coalesce(collected_at, clock_timestamp()),
         placeholder = null where key = any($1::text[]) and erased_at is null`,
      [keys],
    ),

  /** Forgets images that no message ever showed. */
  forget: (keys: ReadonlyArray<string>) =>
    run(
      `delete from media m where m.key = any($1::text[]) and m.erased_at is not null
         and not exists (select 1 from shown s where s.key = m.key)`,
      [keys],
    ),
})

export type Images = ReturnType<typeof makeImages>
