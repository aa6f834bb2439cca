import { randomUUID } from "node:crypto"
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPglite } from "@roomlog/log"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { asked, roomlog, serving, speaker } from "./testing.ts"

let dataDir: string
let settings: Readonly<Record<string, string>>

/** A server served here, Ann said two things, and it was stopped. */
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "roomlog-cli-"))
  settings = { DATA_DIR: dataDir }
  const server = await serving(settings)
  const ann = await speaker(server.url, "Ann", "harbour")
  await ann.say("the tide\nis \u001b[31mlow")
  await ann.say("still low")
  const meanwhile = await roomlog(settings, "doctor")
  expect(meanwhile).toMatchObject({
    code: 1,
    err: expect.stringMatching(/in use by process \d+, .* Stop that one first/),
  })
  expect(await server.stop()).toBe(0)
}, 180_000)
afterAll(() => rm(dataDir, { recursive: true, force: true }))

/** Does something to the database that no command does. */
const meddle = (...statements: ReadonlyArray<string>) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openPglite({ folder: join(dataDir, "db") }), ({ script }) =>
        Effect.promise(() => script(statements.join(";"))),
      ),
    ),
  )

test("where no Roomlog is, nothing is made by looking", async () => {
  const { code, err } = await asked({ DATA_DIR: join(dataDir, "nowhere") }, "room", "list")
  expect(code).toBe(1)
  expect(err).toContain("There is no Roomlog in")
})

describe("the log", () => {
  test("is told in lines that a terminal can bear", async () => {
    const { code, out } = await asked(settings, "log", "tail")
    expect(code).toBe(0)
    expect(out.split("\n").slice(0, -1)).toEqual([
      expect.stringMatching(/^20..-..-.. ..:..:..Z {2}harbour #1 {2}Ann: made the room "harbour"$/),
      expect.stringMatching(/harbour #2 {2}Ann: Ann is in now, as owner$/),
      expect.stringMatching(/harbour #3 {2}Ann: the tide is �\[31mlow$/),
      expect.stringMatching(/harbour #4 {2}Ann: still low$/),
    ])
  })

  test("is told as JSON for programs, of one room and from a place", async () => {
    const { out } = await roomlog(settings, "log", "tail", "--json", "--room", "harbour", "--from", "3")
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(events.map(({ seq, type, body }) => [seq, type, body.text])).toEqual([
      [3, "MessagePosted", "the tide\nis \u001b[31mlow"],
      [4, "MessagePosted", "still low"],
    ])
  })

  test("of a room that is not there is not told", async () =>
    expect(await asked(settings, "log", "tail", "--room", "moon")).toMatchObject({
      code: 1,
      err: 'There is no room "moon". `roomlog room list` knows all of them.\n',
    }))
})

test("rooms and people are listed and shown", async () => {
  expect((await asked(settings, "room", "list")).out).toMatch(/^room +visibility.*\nharbour +public +1 +4 +20/)
  expect((await asked(settings, "room", "show", "harbour")).out).toMatch(/members +1\n\nmember +role +id\nAnn +owner/)
  expect((await asked(settings, "user", "list")).out).toMatch(/\nAnn +guest +1 /)
  expect((await asked(settings, "user", "show", "ann")).out).toMatch(
    /session since.*\n20.*\n\nroom +role\nharbour +owner/,
  )
})

describe("the doctor", () => {
  const image = `img_1700000000_${"a".repeat(32)}.png`
  const large = `img_1700000000_${"d".repeat(32)}.png`

  test("finds nothing wrong with what is well", async () => {
    const { code, out } = await asked(settings, "doctor")
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining("4 events in 1 partition") })
    expect(out).toMatch(/ok +database +the secret is the one of all nodes/)
    expect(out).toMatch(/Nothing is wrong\.\n$/)
  })

  test("names what is wrong and what to do", async () => {
    await meddle(
      "update log_head set pos = pos + 1",
      "insert into projection (name, version, part, pos, poison_pos, poison_error) values ('search', 1, 0, 2, 3, 'no such word')",
      `insert into media (key, room, owner, type, width, height, bytes, created_at)
       values ('${image}', '${randomUUID()}', '${randomUUID()}', 'image/png', 1, 1, 1, 1)`,
      `insert into media (key, room, owner, type, width, height, bytes, created_at, thumb)
       values ('${large}', '${randomUUID()}', '${randomUUID()}', 'image/png', 900, 1, 1, 1, true)`,
    )
    await writeFile(join(dataDir, "media", "chat_images", large), "")
    const orphan = join(dataDir, "media", "chat_images", image.replace(/a{32}/, "b".repeat(32)))
    await writeFile(orphan, "")
    await utimes(orphan, 1, 1)
    await writeFile(join(dataDir, "media", "chat_images", `img_1700000000_${"c".repeat(32)}.png`), "just coming in")
    const { code, out } = await asked({ ...settings, SECRET: "another secret that is long enough" }, "doctor")
    expect(code).toBe(1)
    expect(out).toMatch(/WRONG database +SECRET is not the one of the other nodes/)
    expect(out).toMatch(/WRONG log +partition 0: head 5, 4 events from 1 to 4 \(I2\): stop all nodes/)
    expect(out).toMatch(/WRONG projections search 1 stands still before event 3 of partition 0 \(no such word\)/)
    expect(out).toMatch(/WRONG images +1 image \(img_1700000000_aaaa.*\) known and not in/)
    expect(out).toMatch(/WRONG images +1 image \(img_1700000000_bbbb/)
    expect(out).toMatch(/WRONG images +1 image \(img_1700000000_dddd.*\) without a thumbnail/)
    expect(out).toMatch(/Wrong: 6\.\n$/)
    const retried = await asked(settings, "projection", "retry", "search")
    expect(retried).toMatchObject({ code: 0, out: "search tries again in 1 partition.\n" })
    await meddle("update log_head set pos = pos - 1", "delete from projection", "delete from media")
    await rm(orphan)
    await rm(join(dataDir, "media", "chat_images", large))
  })
})

test("another secret is refused until it is made the secret of all", async () => {
  const changed = { ...settings, PORT: "0", SECRET: "another secret that is long enough" }
  const refused = await roomlog(changed, "serve")
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/^SECRET is not the one .*--new-secret/) })
  expect(await asked(changed, "migrate", "--new-secret")).toMatchObject({ code: 0 })
  const server = await serving(changed)
  expect(await server.stop()).toBe(0)
})

test("after a restore the log has another life, and the same events", async () => {
  const lives = async () => /life ([0-9a-f]{8}): heads/.exec((await asked(settings, "doctor")).out)?.[1]
  const before = await lives()
  expect(await asked(settings, "restored")).toMatchObject({ code: 0 })
  expect(await lives()).toMatch(/^[0-9a-f]{8}$/)
  expect(await lives()).not.toBe(before)
})

test("signing somebody out ends their sessions", async () => {
  expect((await asked(settings, "user", "sign-out", "Ann")).out).toBe("Ended 1 session of Ann.\n")
  expect((await asked(settings, "user", "list")).out).toMatch(/\nAnn +guest +0 /)
})
