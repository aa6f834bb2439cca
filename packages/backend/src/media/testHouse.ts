import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { migrate, openPglite } from "@roomlog/log"
import { RoomId, UserId, type Visibility } from "@roomlog/schemas"
import { Effect } from "effect"
import type { Actor } from "../identity/identity.ts"
import { migrations } from "../migrations.ts"
import { defaultRates, makeRates } from "../rates.ts"
import { reject } from "../rejected.ts"
import { type Sql, sql } from "../sql.ts"
import { type Media, makeMedia } from "./media.ts"
import { type MediaDoorNeeds, mountMedia } from "./mount.ts"

export const alice = UserId.make("01890a5d-ac96-774b-bcce-b302099a8057")
export const eve = UserId.make("01890a5d-ac96-774b-bcce-b302099a8058")
/** Everybody may read it. */
export const lobby = RoomId.make("01890a5d-ac96-774b-bcce-b302099a8001")
/** Only Alice may. */
export const attic = RoomId.make("01890a5d-ac96-774b-bcce-b302099a8002")
/** There is none. */
export const nowhere = RoomId.make("01890a5d-ac96-774b-bcce-b302099a8003")

/** What a person may upload in ten minutes. */
export const uploads = 60

/** Images over an empty database. */
export const openDatabase = Effect.fn(function* () {
  const driver = yield* openPglite()
  yield* migrate(driver, "roomlog", migrations)
  return sql(driver.query)
})

/** Images over an empty folder, with two rooms. Rows are kept in memory unless there is a database for them. */
export const openMedia = Effect.fn(function* (run: Sql = remembering()) {
  const dir = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "roomlog-media-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true })),
  )
  const spend = makeRates({ ...defaultRates, uploads: { points: uploads, seconds: 600 } })
  const media = yield* makeMedia({ run, dir, now: () => 1_735_212_345_678, rooms: { readable }, spend })
  return { dir, media }
})

/** As much of a database as images need when their SQL is not what is tested. */
const remembering = (): Sql => {
  const rows = new Map<unknown, object>()
  return <Row extends object>(text: string, [key, room, , type, ...more]: ReadonlyArray<unknown> = []) => {
    if (text.startsWith("insert into media")) rows.set(key, { key, room, type, thumb: more[4] })
    const found = [key]
      .flat()
      .map((one) => rows.get(one))
      .find((row) => row !== undefined)
    return Effect.succeed((found === undefined ? [] : [found]) as Array<Row>)
  }
}

const visibilities = new Map<RoomId, Visibility>([
  [lobby, "public"],
  [attic, "private"],
])

const readable = (reader: UserId | undefined, room: RoomId) => {
  const visibility = visibilities.get(room)
  return visibility === undefined || (visibility === "private" && reader !== alice)
    ? Effect.fail(reject({ _tag: "RoomNotFound", room }))
    : Effect.succeed({ name: "room", visibility, role: null, invitation: 1 })
}

/** Who calls says so in the clear: `Bearer <id>`. */
const actorOf: MediaDoorNeeds["actorOf"] = async ({ authorization }) => {
  const id = [alice, eve].find((one) => authorization === `Bearer ${one}`)
  const actor: Actor | undefined = id && { id, name: "somebody", session: null }
  return actor
}

/** The doors of images on a port of their own. */
export const openDoors = Effect.fn(function* (media: Media, needs: Partial<MediaDoorNeeds> = {}) {
  const http = yield* Effect.acquireRelease(Effect.promise(listening), (server) => Effect.promise(() => closed(server)))
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const doors = mountMedia({ media, actorOf, origin: () => origin, secret: "s", now: Date.now, ...needs })
  http.on("request", (request, response) => {
    const door = doors.find(([path]) => request.url?.startsWith(path))
    if (door) door[1](request, response)
    else response.writeHead(404).end()
  })
  return { origin, http }
})

const listening = (): Promise<Server> => {
  const server = createServer()
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)))
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** Headers of a signed-in person. */
export const by = (who: UserId) => ({ authorization: `Bearer ${who}` })
