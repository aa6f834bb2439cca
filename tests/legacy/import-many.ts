import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { startPostgres } from "@roomlog/log/testing"
import sharp from "sharp"
import { asked } from "../../apps/server/src/cli/testing.ts"
import { imageBytes, type Line, linesByRoom, type Settings, story, withRoomlog } from "./import-here.ts"
import {
  type MessageRow,
  message,
  millisecondsOf,
  type OldData,
  timeOf,
  writeMedia,
  writePostgres,
  writeSqlite,
} from "./import-old.ts"

const usage = `Makes a large old database, imports it, compares all of it, and imports it again.

  node tests/legacy/import-many.ts [--messages 100000] [--images 500] [--on embedded|postgres]

on embedded: a SQLite file into the embedded database; on postgres: Postgres into Postgres.`

interface Ground {
  readonly settings: Settings
  readonly old: string
  readonly write: (data: OldData) => Promise<void>
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "100000" },
      images: { type: "string", default: "500" },
      on: { type: "string", default: "embedded" },
      help: { type: "boolean", default: false },
    },
  })
  if (values.help) return console.log(usage)
  const folder = await mkdtemp(join(tmpdir(), "roomlog-import-many-"))
  const server = values.on === "postgres" ? await startPostgres() : undefined
  try {
    const ground: Ground = server
      ? await onPostgres(folder, await server.freshDatabase(), await server.freshDatabase())
      : onSqlite(folder)
    await imported(folder, ground, madeUp(Number(values.messages), Number(values.images)))
  } finally {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const imported = async (folder: string, { settings, old, write }: Ground, data: OldData): Promise<void> => {
  const media = join(folder, "media")
  const pictures = await makePictures(data)
  await writeMedia(media, pictures)
  await write(data)
  const run = ["import", "django", "--database", old, "--media", media]
  for (const time of ["first", "second"] as const) {
    const before = time === "first" ? [] : await withRoomlog(settings, story)
    const began = performance.now()
    const { code, out, err } = await asked(settings, ...run)
    const seconds = (performance.now() - began) / 1_000
    console.log(`${time} run, ${seconds.toFixed(1)} s in all (exit code ${code}):\n${out}${err}`)
    if (code !== 0) throw new Error(`the ${time} run failed`)
    if (time === "first") await compare(settings, data, pictures)
    else equal("events after the second run", await withRoomlog(settings, story), before)
  }
  console.log("Everything is equal: counts, order, times, images; the second run added nothing.")
}

/** Fails unless every room says what its old one said, in the same order, at the same times, with the same pictures. */
const compare = async (settings: Settings, { rooms, messages }: OldData, pictures: Pictures): Promise<void> => {
  const here = await withRoomlog(settings, linesByRoom)
  for (const { id, name } of rooms) {
    const lines = here[name] ?? []
    const wanted = messages.filter((one) => one.room_id === id)
    equal(`lines of ${name}`, lines.map(shown), wanted.map(expected))
    for (const [i, { images }] of lines.entries()) {
      if (images.length === 0) continue
      const [there, now] = [pictures[wanted[i]!.image!]!, await imageBytes(settings, images[0]!)]
      equal(`pixels of ${wanted[i]!.image}`, await pixels(now), await pixels(there))
    }
  }
}

const shown = ({ at, name, text, images }: Line) => `${at} ${name} ${images.length} ${text}`
const expected = ({ username, content, image, timestamp }: MessageRow) =>
  `${millisecondsOf(timestamp)} ${username} ${image === null ? 0 : 1} ${content ?? ""}`

const equal = (what: string, one: ReadonlyArray<string> | string, other: ReadonlyArray<string> | string): void => {
  const at = [...one].findIndex((value, i) => value !== other[i])
  if (one.length !== other.length || at >= 0)
    throw new Error(`${what} differ: ${one.length} and ${other.length}; at ${at}: ${one[at]} and ${other[at]}`)
}

const roomCount = 20
const people = Array.from({ length: 200 }, (_, i) => `person ${i + 1}`)

const madeUp = (messages: number, images: number): OldData => {
  const every = Math.max(1, Math.floor(messages / Math.max(1, images)))
  const imageOf = (i: number) =>
    i % every === every - 1 && i / every < images ? `chat_images/img_${1_735_212_345 + i}_ab12.png` : null
  return {
    rooms: Array.from({ length: roomCount }, (_, i) => ({
      id: i + 1,
      name: `room-${i + 1}`,
      created_at: timeOf(-100 + i),
    })),
    messages: Array.from({ length: messages }, (_, i) => {
      const image = imageOf(i)
      return message(i + 1, {
        room_id: 1 + ((i * 7) % roomCount),
        username: people[(i * i) % people.length]!,
        image,
        content: image === null ? `message ${i + 1} ${"says something ".repeat(i % 12)}`.trim() : null,
        timestamp: timeOf(i),
      })
    }),
  }
}

type Pictures = Readonly<Record<string, Buffer>>

const makePictures = async ({ messages }: OldData): Promise<Pictures> => {
  const paths = messages.flatMap(({ image }) => image ?? [])
  const made = paths.map(async (path, i) => {
    const background = { r: i % 256, g: (i * 7) % 256, b: (i * 31) % 256 }
    const create = { width: 640 + (i % 300), height: 480, channels: 3, background } as const
    return [path, await sharp({ create }).png().toBuffer()] as const
  })
  return Object.fromEntries(await Promise.all(made))
}

const pixels = async (bytes: Buffer): Promise<string> => (await sharp(bytes).raw().toBuffer()).toString("base64")

const onSqlite = (folder: string): Ground => {
  const old = join(folder, "db.sqlite3")
  return { settings: { DATA_DIR: join(folder, "data") }, old, write: async (data) => writeSqlite(old, data) }
}

const onPostgres = async (folder: string, old: string, url: string): Promise<Ground> => ({
  settings: { DATA_DIR: join(folder, "data"), DATABASE_URL: url },
  old,
  write: (data) => writePostgres(old, data),
})

await main()
