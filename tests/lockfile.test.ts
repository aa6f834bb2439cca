import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"

interface Entry {
  readonly version?: string
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, "..")
const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"))
const packages: Readonly<Record<string, Entry>> = read("package-lock.json").packages

/** Where npm would find `name` from inside of `place`, innermost first. */
const places = (place: string, name: string): ReadonlyArray<string> => {
  const folders = place === "" ? [""] : [place]
  for (let at = place; at !== ""; ) {
    at = at.includes("/node_modules/") ? at.slice(0, at.lastIndexOf("/node_modules/")) : ""
    folders.push(at)
  }
  return folders.map((folder) => (folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`))
}

test("the lockfile has an entry for every optional dependency, so that `npm ci` works on every platform", () => {
  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !places(place, name).some((at) => at in packages))
      .map((name) => `${place || "the root"} wants ${name}`),
  )
  expect(missing).toEqual([])
})

test("the lockfile pins the Node of every platform", () => {
  const wanted: Readonly<Record<string, string>> = read("package.json").optionalDependencies
  for (const [name, version] of Object.entries(wanted)) expect(packages[`node_modules/${name}`]?.version).toBe(version)
})

test("every package stands in the lockfile with its version, and is asked for by an exact one", () => {
  for (const [place, { version, link }] of Object.entries(packages))
    if (place.includes("node_modules/") && !link) expect(version, place).toMatch(/^\d+\.\d+\.\d+/)
  const workspaces = Object.keys(packages).filter((place) => place !== "" && !place.includes("node_modules/"))
  for (const place of ["", ...workspaces]) {
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = read(join(place, "package.json"))
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
      expect(range, `${name} of ${place || "the root"}`).toMatch(/^(npm:[\w@/.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/)
  }
})
