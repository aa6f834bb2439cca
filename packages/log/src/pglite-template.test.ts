import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PGlite } from "@electric-sql/pglite"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Dump, Filled } from "./pglite-files.ts"
import { type Create, fromTemplate } from "./pglite-template.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomlog-template-"))
})
afterAll(() => rm(folder, { recursive: true }))

const fill = async (db: PGlite): Promise<void> => {
  await db.exec("create table filled (one int); insert into filled values (1)")
}
const works = async (db: PGlite): Promise<void> => {
  expect((await db.query("select one from filled")).rows).toEqual([{ one: 1 }])
  await db.exec("create table note (text text); insert into note values ('mine alone')")
  expect((await db.query("select text from note")).rows).toEqual([{ text: "mine alone" }])
  await db.close()
}

const inMemory: Create = ({ dump, ...anew }) => PGlite.create(dump ? { fs: new Filled(dump) } : anew)
const unpacked: Create = ({ dump, ...anew }) => PGlite.create(dump ? { loadDataDir: new Dump(dump) } : anew)

test.each([
  ["in memory", inMemory, () => "not a template"],
  ["unpacked", unpacked, (whole: Buffer) => whole.subarray(0, whole.length / 2)],
] as const)(
  "later databases begin with the files of the first, and a broken file does not stop them: %s",
  {
    timeout: 60_000,
  },
  async (name, create, broken) => {
    const begunWith: Array<"a template" | "nothing"> = []
    const file = join(folder, name, "not there", "template.tar")
    const made = (): Promise<PGlite> =>
      fromTemplate(
        (from) => {
          begunWith.push(from.dump === undefined ? "nothing" : "a template")
          return create(from)
        },
        { name: "filled", fill, file },
      )
    await works(await made())
    await works(await made())
    expect(begunWith).toEqual(["nothing", "a template"])
    await writeFile(file, broken(await readFile(file)))
    await works(await made())
    await works(await made())
    expect(begunWith.slice(2)).toEqual(["nothing", "a template"])
    expect((await stat(file)).size).toBeGreaterThan(1_000_000)
    expect(await readdir(join(folder, name, "not there"))).toEqual(["template.tar"])
  },
)
