import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PGlite, type PGliteOptions } from "@electric-sql/pglite"
import { afterAll, beforeAll, expect, test } from "vitest"
import { fromTemplate } from "./pglite-template.ts"

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomlog-template-"))
})
afterAll(() => rm(folder, { recursive: true }))

const begunWith: Array<"a template" | "nothing"> = []
const create = (options: PGliteOptions): Promise<PGlite> => {
  begunWith.push(options.loadDataDir === undefined ? "nothing" : "a template")
  return PGlite.create({ ...options })
}
const fill = async (db: PGlite): Promise<void> => {
  await db.exec("create table filled (one int); insert into filled values (1)")
}
const works = async (db: PGlite): Promise<void> => {
  expect((await db.query("select one from filled")).rows).toEqual([{ one: 1 }])
  await db.exec("create table note (text text); insert into note values ('mine alone')")
  expect((await db.query("select text from note")).rows).toEqual([{ text: "mine alone" }])
  await db.close()
}

test("later databases begin with the files of the first, and a broken file does not stop them", {
  timeout: 60_000,
}, async () => {
  const file = join(folder, "not", "there", "template.tar")
  await works(await fromTemplate(create, { name: "filled", fill, file }))
  await works(await fromTemplate(create, { name: "filled", fill, file }))
  expect(begunWith).toEqual(["nothing", "a template"])
  await writeFile(file, "not a template")
  await works(await fromTemplate(create, { name: "filled", fill, file }))
  await works(await fromTemplate(create, { name: "filled", fill, file }))
  expect(begunWith.slice(2)).toEqual(["a template", "nothing", "a template"])
  expect((await stat(file)).size).toBeGreaterThan(1_000_000)
  expect(await readdir(join(folder, "not", "there"))).toEqual(["template.tar"])
})
