import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { freePort } from "@roomlog/log/testing"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { roomlog } from "../../apps/server/src/cli/program.ts"
import { asked } from "../../apps/server/src/cli/testing.ts"
import { linesByRoom, type Settings, withRoomlog } from "./import-here.ts"
import { message, type OldData, writeMedia, writeSqlite } from "./import-old.ts"

let folder: string
let settings: Settings
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomlog-import-"))
  settings = { DATA_DIR: join(folder, "data") }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const importing = (...args: ReadonlyArray<string>) => asked(settings, "import", "django", ...args)
const inFolder = async (name: string, content: string | Buffer) => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}
const sqlite = (name: string, sql: string): string => {
  const db = new DatabaseSync(join(folder, name))
  db.exec(sql)
  db.close()
  return join(folder, name)
}
const oldOne = (name: string, data: OldData, app?: string): string => {
  writeSqlite(join(folder, name), data, app)
  return join(folder, name)
}
const rooms = [{ id: 1, name: "harbour", created_at: "2025-01-06 07:00:00" }]

describe("before anything is done, a sentence says", () => {
  const header = Buffer.from("SQLite format 3\0")
  test.each([
    ["what is needed", [], /needs --database/],
    ["that there is no file", ["nowhere.sqlite3"], /There is no file .*nowhere\.sqlite3.*postgres:\/\//],
    ["that it is a folder", ["."], /is no file/],
    ["that it is no database", ["text.txt"], /text\.txt is no SQLite database/],
    ["that it is a dump of SQLite", ["dump.sql"], /is a dump.*sqlite3 new\.db/],
    ["that it is a dump of Postgres", ["dump.pg"], /is a dump/],
    ["that the file is broken", ["broken.sqlite3"], /broken\.sqlite3 cannot be read: /],
    ["that nothing looks like messages", ["other.sqlite3"], /columns id, room_id or room, .*There are: auth_user/],
    ["that several tables do", ["two.sqlite3"], /a_message, b_message.*--app a/],
    ["that the app is not there", ["old.sqlite3", "--app", "talk"], /no table talk_message/],
    ["that images need a folder", ["old.sqlite3"], /say where they are by --media/],
    ["that there is no such folder", ["old.sqlite3", "--media", "nowhere"], /There is no folder .*nowhere/],
    ["that it is the wrong folder", ["old.sqlite3", "--media", "."], /Of 1 images none is in .*chat_images\/a\.png/],
    ["that this option is not known", ["old.sqlite3", "--force"], /--force/],
  ])("%s", async (_, [file, ...args], sentence) => {
    await inFolder("text.txt", "hello")
    await inFolder("dump.sql", "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;")
    await inFolder("dump.pg", "PGDMP\x01\x0e")
    await inFolder("broken.sqlite3", Buffer.concat([header, Buffer.alloc(4_096, 7)]))
    sqlite("other.sqlite3", "create table if not exists auth_user (id integer, username text)")
    oldOne("two.sqlite3", { rooms, messages: [] }, "a")
    oldOne("two.sqlite3", { rooms, messages: [] }, "b")
    oldOne("old.sqlite3", { rooms, messages: [message(1, { image: "chat_images/a.png" })] })
    const where = args.map((one) => (one.startsWith("--") || one === "talk" ? one : join(folder, one)))
    const { code, out, err } = await importing(...(file ? ["--database", join(folder, file), ...where] : []))
    expect(err).toMatch(sentence)
    expect({ code: code > 0, out }).toEqual({ code: true, out: "" })
    expect(err).not.toMatch(/\n\s+at /)
    expect(existsSync(join(folder, "data"))).toBe(false)
  })

  test("that a database is of a kind that it cannot read", async () =>
    expect(await importing("--database", "mysql://root@localhost/chat")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--database cannot be mysql://"),
    }))

  test("that Postgres does not answer, without its password", async () => {
    const { code, err } = await importing("--database", `postgres://chat:geheim@127.0.0.1:${await freePort()}/chat`)
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^Postgres 127\.0\.0\.1:\d+\/chat cannot be read: .*ECONNREFUSED/),
    })
    expect(err).not.toContain("geheim")
  })
})

test("an old database that names its rooms, without a table of them, in odd times and words", async () => {
  const old = sqlite(
    "odd.sqlite3",
    `create table "my ""chat""_message" (id integer primary key, room varchar(100), username text, content text, image text, timestamp text);
     insert into "my ""chat""_message" values
       (3, 'Harbour', 'Ann', 'third', '', '2025-01-06T10:00:02Z'),
       (1, 'Harbour', 'Ann', 'first', null, '2025-01-06 10:00:00'),
       (2, 'Harbour', 42, 'se' || char(0) || 'cond', null, '2025-01-06T12:00:01.5+02:00'),
       (4, 'market', x'426f', 7, null, '2999-01-01 00:00:00'),
       (5, 'Harbour', 'Ann', 'without a time', null, null),
       (6, null, 'Ann', 'nowhere', null, '2025-01-06 10:00:00');`,
  )
  const bytes = await readFile(old)
  const began = Date.now()
  const { code, out } = await importing("--database", old)
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/messages +5 +0 +1\n/) })
  expect(out).toContain("message 6: it is in no room")
  expect(await readFile(old)).toEqual(bytes)
  await withRoomlog(settings, async (backend) => {
    const { harbour, market } = await linesByRoom(backend)
    expect(harbour!.map(({ name, text }) => `${name}: ${text}`)).toEqual([
      "Ann: without a time",
      "Ann: first",
      "42: se\ufffdcond",
      "Ann: third",
    ])
    expect(harbour!.slice(1).map(({ at }) => at)).toEqual(
      [0, 1_500, 2_000].map((after) => Date.parse("2025-01-06T10:00:00Z") + after),
    )
    expect(market).toMatchObject([{ name: "Bo", text: "7" }])
    expect(market![0]!.at).toBeGreaterThanOrEqual(began)
    expect(market![0]!.at).toBeLessThanOrEqual(Date.now())
  })
})

test("images that are lost are left behind when that is asked for", async () => {
  const old = oldOne("lost.sqlite3", {
    rooms: [{ ...rooms[0]!, name: "quay" }],
    messages: [message(1, { image: "a.png" })],
  })
  await writeMedia(folder, { "a.png": Buffer.from("not looked at") })
  expect(await importing("--database", `sqlite:///${old}`, "--without-images")).toMatchObject({ code: 0 })
  const { quay } = await withRoomlog(settings, linesByRoom)
  expect(quay).toMatchObject([{ text: "message 1\n[image: a.png could not be taken over: images were left behind]" }])
})

test("an import that is told to stop says how to go on, also when another database with the same ids came before", async () => {
  const messages = [message(1, { timestamp: "2025-02-03 04:05:06.000007" })]
  const old = oldOne("stopped.sqlite3", { rooms: [{ ...rooms[0]!, name: "pier" }], messages })
  const said: Array<string> = []
  const code = await roomlog(["import", "django", "--database", old], {
    environment: settings,
    say: () => undefined,
    remark: (line) => void said.push(line),
    progress: () => ({ at: () => undefined, end: () => undefined }),
    stop: AbortSignal.abort(),
  })
  expect({ code, said }).toEqual({
    code: 1,
    said: ["Stopped before the end. The same command goes on where it stopped."],
  })
  expect(await importing("--database", old)).toMatchObject({ code: 0 })
  expect((await withRoomlog(settings, linesByRoom))["pier"]).toMatchObject([{ text: "message 1" }])
})
