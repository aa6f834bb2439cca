import { describe, expect, test } from "vitest"
import { type Import, imports, manifest, workspaces } from "./imports.ts"

/** What a workspace's code may import of the others; what may be used as a value may also be used as a type. */
interface Arrows {
  readonly values: ReadonlyArray<string>
  readonly types?: ReadonlyArray<string>
}

const light = ["@roomlog/schemas/limits", "@roomlog/schemas/paths"]
const schemas = ["@roomlog/schemas", ...light]
const below = [...schemas, "@roomlog/domain", "@roomlog/log", "@roomlog/backend", "@roomlog/bridge", "@roomlog/client"]

/** The picture of ARCHITECTURE.md: a workspace is worth its manifest because it guards an arrow. */
const arrows: Readonly<Record<string, Arrows>> = {
  schemas: { values: [] },
  "packages/log": { values: [] },
  "packages/domain": { values: ["@roomlog/schemas/limits"], types: ["@roomlog/schemas"] },
  "packages/backend": { values: [...schemas, "@roomlog/domain", "@roomlog/log"] },
  "packages/bridge": { values: [...schemas, "@roomlog/backend"] },
  "packages/client": { values: [...light, "@roomlog/domain"], types: ["@roomlog/schemas", "@roomlog/backend"] },
  "packages/testing": { values: [...below, "@roomlog/server"] },
  "apps/server": { values: below },
  "apps/web": { values: [...light, "@roomlog/domain", "@roomlog/client"], types: ["@roomlog/schemas"] },
  "apps/bench": {
    values: ["@roomlog/client", "@roomlog/testing", "@roomlog/log", "@roomlog/log/testing"],
    types: ["@roomlog/schemas"],
  },
}
/** What runs in a browser. */
const inBrowsers = ["packages/domain", "packages/client", "apps/web"]

const ours = (one: Import) => one.from.startsWith("@roomlog/")
const said = (all: ReadonlyArray<Import>) =>
  all.map(({ file, line, from, kind }) => `${file}:${line} imports ${from} as ${kind}`)

test("the table names every workspace", () => expect(Object.keys(arrows).sort()).toEqual(workspaces))

describe.each(workspaces)("%s", (workspace) => {
  const all = imports(workspace)
  const code = all.filter(({ aside }) => !aside)
  const { name, dependencies, devDependencies } = manifest(workspace)
  const { values, types = [] } = arrows[workspace] ?? { values: [] }

  test("imports of the others what the table allows", () => {
    const allowed = ({ from, kind }: Import) => values.includes(from) || (kind === "type" && types.includes(from))
    expect(said(code.filter((one) => ours(one) && !allowed(one)))).toEqual([])
  })

  test("imports in its tests what the table allows, the whole system, and what others offer to tests", () => {
    const allowed = ({ from }: Import) =>
      [...values, ...types, name, "@roomlog/testing"].includes(from) || from.endsWith("/testing")
    expect(said(all.filter((one) => one.aside && ours(one) && !allowed(one)))).toEqual([])
  })

  test("declares the packages that it imports", () => {
    const forTests = { ...devDependencies, ...manifest(".").devDependencies, "@roomlog/testing": "" }
    const declared = ({ from, kind, aside }: Import) => {
      const one = packageOf(from)
      if (one === name || one in dependencies) return true
      return aside ? one in forTests : kind === "type" && one in devDependencies
    }
    expect(said(all.filter((one) => isPackage(one.from) && !declared(one)))).toEqual([])
  })

  test("reaches into no other workspace but by its declared exports", () => {
    const exported = workspaces.flatMap(exportsOf)
    const inside = ({ from, aside }: Import) =>
      from.startsWith(`./${workspace}/`) || (aside && from.startsWith("./tests/"))
    const foreign = all.filter((one) => (ours(one) ? !exported.includes(one.from) : isFile(one.from) && !inside(one)))
    expect(said(foreign)).toEqual([])
  })
})

test.each(inBrowsers)("%s needs nothing that a browser does not have", (workspace) => {
  const values = imports(workspace).filter(({ kind, aside }) => kind === "value" && !aside)
  expect(said(values.filter(({ from }) => from.startsWith("node:")))).toEqual([])
})

test("the rules know of Effect only its Result", () => {
  const effects = imports("packages/domain").filter(({ from, aside }) => from === "effect" && !aside)
  expect(effects.map(({ names }) => names)).toEqual(effects.map(() => "{ Result }"))
})

const isFile = (from: string): boolean => from.startsWith(".")
const isPackage = (from: string): boolean => !isFile(from) && !from.startsWith("node:")
const packageOf = (from: string): string =>
  from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/")
const exportsOf = (workspace: string): ReadonlyArray<string> => {
  const { name, exports } = manifest(workspace)
  return Object.keys(exports).map((path) => path.replace(/^\./, name))
}
