import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Backend, openBackend } from "@roomlog/backend"
import { checkInvariants } from "@roomlog/log"
import type { TimelineItem } from "@roomlog/schemas"
import { Effect } from "effect"
import { readConfig } from "../../apps/server/src/config.ts"
import { openForOperator } from "../../apps/server/src/database.ts"

export type Settings = Readonly<Record<string, string>>

/** Something said in a room, as a reader of its history sees it. */
export interface Line {
  readonly at: number
  readonly name: string
  readonly text: string
  /** Keys of its images. */
  readonly images: ReadonlyArray<string>
}

/** Works on a Roomlog that no server has open. */
export const withRoomlog = <A>(settings: Settings, work: (backend: Backend) => Promise<A>): Promise<A> => {
  const config = readConfig(settings)
  const rate = { points: 1_000_000, seconds: 1 }
  const rates = { posts: rate, joins: rate, uploads: rate, signIns: rate, oldJoins: rate }
  return Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const driver = yield* openForOperator(config)
        const { mediaDir } = config
        const backend = yield* openBackend({
          driver,
          mediaDir,
          rates,
          secret: "a secret of this test",
          now: Date.now,
          newId: () => crypto.randomUUID(),
        })
        return yield* Effect.promise(() => work(backend))
      }),
    ),
  )
}

/** Everything that is said, by room, in the order of its history. Fails when the log breaks a promise. */
export const linesByRoom = async ({ log }: Pick<Backend, "log">): Promise<Record<string, ReadonlyArray<Line>>> => {
  const faults = await checkInvariants(log.query)
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  const rows = await log.query<{ room: string; name: string; view: TimelineItem }>(
    `select r.name as room, coalesce(p.name, 'somebody') as name, i.view
     from item i join room r on r.id = i.room left join profile p on p.id = i.author order by r.name, i.seq`,
  )
  const rooms: Record<string, Array<Line>> = {}
  for (const { room, name, view } of rows) {
    rooms[room] ??= []
    if (view._tag === "Message")
      rooms[room].push({ at: view.at, name, text: view.text, images: view.images.map(({ key }) => key) })
  }
  return rooms
}

/** Every event without what differs between two imports of the same: the keys of images. */
export const story = async ({ log }: Pick<Backend, "log">): Promise<ReadonlyArray<string>> => {
  const events = await log.query<{ text: string }>(
    "select concat_ws(' ', stream_id, seq, type, actor_id, command_id, cmd_idx, subject_id, at, body) as text from event order by stream_id, seq",
  )
  return events.map(({ text }) => text.replace(/img_\d+_[0-9a-f]+/g, "img"))
}

/** The bytes of a stored image. */
export const imageBytes = ({ DATA_DIR }: Settings, key: string): Promise<Buffer> =>
  readFile(join(DATA_DIR!, "media", "chat_images", key))
