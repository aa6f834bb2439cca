import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openPostgres } from "@roomlog/log"
import { startPostgres, type TestPostgres } from "@roomlog/log/testing"
import { Effect } from "effect"
import { afterAll, beforeAll, expect, test } from "vitest"
import { asked, roomlog, running, serving, speaker } from "./testing.ts"

let server: TestPostgres
let folder: string
beforeAll(async () => {
  server = await startPostgres()
  folder = await mkdtemp(join(tmpdir(), "roomlog-cli-"))
}, 60_000)
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const asOwner = (url: string, ...statements: ReadonlyArray<string>) =>
  Effect.runPromise(
    Effect.scoped(
      Effect.flatMap(openPostgres({ url }), ({ script }) => Effect.promise(() => script(statements.join(";")))),
    ),
  )

test("an operator sets up a database, lets a node in as a role of its own, and looks after it", {
  timeout: 240_000,
}, async () => {
  const url = await server.freshDatabase()
  const nodeUrl = url.replace("roomlog@", "node@")
  const shared = { DATA_DIR: folder, SECRET: "the secret that all the nodes share" }
  const node = { ...shared, DATABASE_URL: nodeUrl, DATABASE_PARTITIONS: "3" }
  const owner = { ...shared, DATABASE_URL: url }
  await asOwner(url, "create role node login")

  // Nothing is there yet: a node that may not make tables says who may.
  expect(await roomlog(node, "serve")).toMatchObject({ code: 1, err: expect.stringContaining("`roomlog migrate`") })
  const wrongRole = await asked(shared, "migrate", "--database", url, "--role", "nobody")
  expect(wrongRole.out).toContain("made log 0001-log")
  expect(wrongRole).toMatchObject({ code: 1, err: expect.stringContaining("There is no role nobody") })
  const migrated = await asked(owner, "migrate", "--role", "node")
  expect(migrated).toMatchObject({ code: 0, out: expect.stringMatching(/up to date\.\nnode may now/) })

  const serves = await serving(node)
  const ann = await speaker(serves.url, "Ann", "harbour")
  await ann.say("first")

  // What was said is told, and what is said while somebody listens.
  const lines = running(owner, "log", "tail", "--from", "1")
  const told = [await lines.line(), await lines.line(), await lines.line()]
  expect(told).toEqual([
    expect.stringContaining('harbour #1  Ann: made the room "harbour"'),
    expect.stringContaining("harbour #2  Ann: Ann is in now"),
    expect.stringContaining("harbour #3  Ann: first"),
  ])
  const next = lines.line()
  await ann.say("second")
  expect(await next).toContain("harbour #4  Ann: second")
  expect(await lines.stop()).toBe(0)

  // The role of the node can read it all, but the owner's work stays the owner's.
  const seen = await asked(node, "doctor")
  expect(seen).toMatchObject({ code: 0, out: expect.stringMatching(/ok +database +node can change no event/) })
  expect(seen.out).toContain("4 events in 3 partitions")
  expect((await asked(owner, "doctor")).out).toMatch(/note +database +roomlog owns the tables/)
  expect(await asked(node, "rebuild")).toMatchObject({
    code: 1,
    err: expect.stringContaining("as the owner of the tables"),
  })

  // A second node must be like the first.
  const otherSecret = await roomlog({ ...node, PORT: "0", SECRET: "some other secret that is long enough" }, "serve")
  expect(otherSecret).toMatchObject({ code: 1, err: expect.stringContaining("SECRET is not the one") })
  const otherParts = await roomlog({ ...node, PORT: "0", DATABASE_PARTITIONS: "5" }, "serve")
  expect(otherParts).toMatchObject({ code: 1, err: expect.stringContaining("has 3 partitions") })
  const second = await serving({ ...node, DATABASE_PARTITIONS: "" })
  expect(await second.stop()).toBe(0)

  // A backup is restored while nothing runs.
  const tooEarly = await asked(owner, "restored")
  expect(tooEarly).toMatchObject({ code: 1, err: expect.stringContaining("Nodes are running on this database") })

  // Whoever is signed out is signed out on a node that runs.
  await ann.say("still here")
  expect((await asked(owner, "user", "sign-out", "Ann")).out).toBe("Ended 1 session of Ann.\n")
  await expect.poll(() => ann.say("and now?").then(() => "heard", String), { timeout: 20_000 }).toMatch(/NotSignedIn/)

  expect(await serves.stop()).toBe(0)
  const restored = await asked(owner, "restored")
  expect(restored).toMatchObject({ code: 0, out: expect.stringMatching(/its life [0-9a-f]{8} from now on/) })
})

test("a database that nothing should be kept in is found by the doctor as by a node", {
  timeout: 120_000,
}, async () => {
  const url = await server.freshDatabase()
  const settings = { DATA_DIR: folder, DATABASE_URL: url }
  expect(await asked(settings, "doctor")).toMatchObject({
    code: 1,
    err: expect.stringContaining("There is no Roomlog"),
  })
  expect(await asked(settings, "migrate")).toMatchObject({ code: 0 })
  await asOwner(url, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
  const found = await asked(settings, "doctor")
  expect(found).toMatchObject({ code: 1, out: expect.stringMatching(/WRONG database +synchronous_commit is off/) })
  const inFile = join(folder, "a file")
  await writeFile(inFile, "")
  expect((await asked({ ...settings, DATA_DIR: join(inFile, "data") }, "doctor")).out).toMatch(
    /WRONG images +no image can be kept in .*a file.data.* \(ENOTDIR\): set DATA_DIR/,
  )
  expect(await roomlog({ ...settings, PORT: "0" }, "serve")).toMatchObject({
    code: 1,
    err: expect.stringContaining("synchronous_commit is off"),
  })
})
