import { derivedId } from "@roomlog/backend"
import { type Command, Misused } from "../command.ts"
import type { Io } from "../io.ts"
import { count } from "../lines.ts"
import { type Here, withHere, withPretended } from "./here.ts"
import { checkFolder, findImage, type MediaFolder } from "./images.ts"
import { allOf, type OldDatabase } from "./old.ts"
import { countMessages, readFirst, readMessages, readRooms } from "./oldRooms.ts"
import { withOldDatabase } from "./openOld.ts"
import { importer } from "./people.ts"
import { Report } from "./report.ts"
import { placeRooms, type Target } from "./rooms.ts"
import { findTables, type OldTables } from "./tables.ts"
import { Stopped, takeOver } from "./takeOver.ts"

export const importDjango: Command = {
  name: "import django",
  wants: [],
  meaning: "Takes over rooms, messages, images and times of the old Django application; again, it adds what is new",
  options: {
    database: {
      value: "URL",
      meaning: "The old database: postgres://... or the path of a SQLite file; it is only read",
    },
    media: { value: "FOLDER", meaning: "The old MEDIA_ROOT, in which the images are" },
    "without-images": { meaning: "Leaves the images behind, and says so where they stood" },
    app: { value: "LABEL", meaning: "The old application's label, when its tables are not called chat_..." },
    "into-existing": { meaning: "Appends old messages to rooms of the same name that are here already" },
    "dry-run": { meaning: "Only says what would be done" },
  },
  run: ({ config, options }, io) => {
    const { database, media, app, ...switches } = options
    if (typeof database !== "string")
      throw new Misused("`roomlog import django` needs --database, the old database. Try: roomlog import django --help")
    const isDry = switches["dry-run"] === true
    const settings: Settings = {
      app: typeof app === "string" ? app : undefined,
      media: typeof media === "string" && switches["without-images"] !== true ? media : undefined,
      withoutImages: switches["without-images"] === true,
      intoExisting: switches["into-existing"] === true,
      isDry,
    }
    return withOldDatabase(database, async (old) => {
      const tables = findTables(old.tables, settings.app)
      const folder = await folderOf(old, tables, settings)
      const where = isDry ? withPretended : withHere
      return where(config(), (here) => imported({ old, tables, here, folder, settings, io }))
    })
  },
}

interface Settings {
  readonly app: string | undefined
  readonly media: string | undefined
  readonly withoutImages: boolean
  readonly intoExisting: boolean
  readonly isDry: boolean
}

interface Import {
  readonly old: OldDatabase
  readonly tables: OldTables
  readonly here: Here
  readonly folder: MediaFolder
  readonly settings: Settings
  readonly io: Io
}

const imported = async ({ old, tables, here, folder, settings, io }: Import): Promise<number> => {
  const began = Date.now()
  const report = new Report()
  const targets = await placeRooms(await readRooms(old, tables), {
    look: here.look,
    readFirst: () => readFirst(old, tables),
    intoExisting: settings.intoExisting,
  })
  const bar = io.progress("import", await countMessages(old, tables))
  const needs = { here, report, targets, folder, until: began, stop: io.stop, onProgress: bar.at }
  io.say(`${old.name}: ${[tables.rooms, tables.messages].flatMap((table) => table?.name ?? []).join(" and ")}`)
  let isStopped = false
  try {
    await makeRooms(targets, { here, report, now: began })
    await takeOver(readMessages(old, tables), needs)
  } catch (cause) {
    if (!(cause instanceof Stopped)) throw new Error(`${reasonOf(cause)}\n${howToGoOn}`)
    isStopped = true
  } finally {
    bar.end()
  }
  await noteTokens(old, tables, report)
  for (const line of report.lines(Date.now() - began, settings.isDry)) io.say(line)
  if (isStopped) io.remark(howToGoOn)
  return isStopped ? 1 : 0
}

const howToGoOn = "Stopped before the end. The same command goes on where it stopped."
const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Makes the rooms that are not here, by somebody whom nobody can be: no name that anybody may take owns a room. */
const makeRooms = async (
  targets: ReadonlyArray<Target>,
  { here, report, now }: { readonly here: Here; readonly report: Report; readonly now: number },
): Promise<void> => {
  const fresh = targets.filter(({ is }) => is === "new")
  if (fresh.length > 0) await here.welcome([{ ...importer, at: now }])
  const answers = await here.submit(
    fresh.map(({ old, room, name }) => ({
      stream: room,
      actor: importer.id,
      command: derivedId("django", "create", ...old.facts),
      at: Math.min(old.at ?? now, now),
      content: { _tag: "CreateRoom", room, name, topic: "", visibility: "public" },
    })),
  )
  const refused = answers.find((answer) => answer !== undefined)
  if (refused !== undefined) throw new Error("Somebody made a room of the same name just now. Run the same again.")
  for (const { old, name, is } of targets) {
    report.add("rooms", is === "new" ? "taken" : "here")
    if (is === "joined") report.note("room", old.name, `appended to the room "${name}" that is here`)
    else if (name !== old.name) report.note("room", old.name, `called "${name}" here`)
  }
}

/** Checks that images can be found before anything is done that cannot be undone. */
const folderOf = async (old: OldDatabase, { messages }: OldTables, settings: Settings): Promise<MediaFolder> => {
  if (settings.withoutImages) return undefined
  const folder = settings.media === undefined ? undefined : await checkFolder(settings.media)
  const some = await allOf<{ image: string }>(
    old,
    `select ${old.text(`"image"`)} as image from ${messages.sql} where "image" <> '' limit 1000`,
  )
  if (some.length === 0) return folder
  if (folder === undefined)
    throw new Misused("There are images: say where they are by --media, or leave them behind by --without-images.")
  for (const { image } of some) if ("path" in (await findImage(folder, image))) return folder
  throw new Error(
    `Of ${count(some.length)} images none is in ${folder} (the first is ${some[0]!.image}). --media takes the old MEDIA_ROOT; --without-images leaves images behind.`,
  )
}

const noteTokens = async (old: OldDatabase, { tokens }: OldTables, report: Report): Promise<void> => {
  for (const { name, sql } of tokens) {
    const [found] = await allOf<{ many: string }>(old, `select ${old.text("count(*)")} as many from ${sql}`)
    if (found!.many !== "0")
      report.note("table", name, `${found!.many} device tokens left behind: phones ask for notifications anew`)
  }
}
