import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"

/** One import of a file: `import`, `export ... from` or `import()`. */
export interface Import {
  /** Path from the root of the repository. */
  readonly file: string
  readonly line: number
  /** What is imported; a relative path is given from the root of the repository. */
  readonly from: string
  /** A type import is gone when the program runs. */
  readonly kind: "value" | "type"
  /** What stands between `import` and `from`. */
  readonly names: string
  /** The file is not part of the program: tests, what they share, and tools. */
  readonly aside: boolean
}

/** A package.json, as far as imports go. */
export interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, "..")

/** Folders of the workspaces. */
export const workspaces: ReadonlyArray<string> = globSync(["schemas", "packages/*", "apps/*"], { cwd: root })
  .map((folder) => folder.replaceAll("\\", "/"))
  .filter((folder) => existsSync(join(root, folder, "package.json")))
  .sort()

/** What a workspace says of itself. */
export const manifest = (workspace: string): Manifest => ({
  exports: {},
  dependencies: {},
  devDependencies: {},
  ...JSON.parse(readFileSync(join(root, workspace, "package.json"), "utf8")),
})

/** Every import of a workspace's TypeScript. */
export const imports = (workspace: string): ReadonlyArray<Import> => {
  const files = globSync("**/*.{ts,tsx}", { cwd: join(root, workspace), exclude: (name) => hidden.includes(name) })
  const all = new Map(files.map((path) => join(workspace, path)).map((file) => [file, importsOf(file)]))
  const program = reachable(entries(workspace), all)
  return [...all].flatMap(([file, found]) => found.map((one) => ({ ...one, aside: !program.has(file) })))
}

type Found = Omit<Import, "aside">

const hidden = ["node_modules", "dist"]
const statement =
  /^(?:import|export)\s+(?:(?<names>[^"';=()]*?)\s*\bfrom\s+)?"(?<from>[^"]+)"|\bimport\(\s*"(?<from>[^"]+)"\s*\)/gm

const importsOf = (file: string): ReadonlyArray<Found> => {
  const source = readFileSync(join(root, file), "utf8")
  return [...source.matchAll(statement)].map(({ index, groups }): Found => {
    const { names = "", from = "" } = groups!
    return {
      file,
      line: source.slice(0, index).split("\n").length,
      from: from.startsWith(".") ? `./${join(dirname(file), from)}` : from,
      kind: /^type\b/.test(names) ? "type" : "value",
      names: names.trim(),
    }
  })
}

/** Where the program of a workspace begins: its exports but those for tests, and its main file. */
const entries = (workspace: string): ReadonlyArray<string> =>
  Object.entries(manifest(workspace).exports)
    .flatMap(([name, path]) => (name === "./testing" ? [] : [path]))
    .concat("src/main.ts", "src/main.tsx")
    .map((path) => join(workspace, path))

const reachable = (from: ReadonlyArray<string>, all: ReadonlyMap<string, ReadonlyArray<Found>>): Set<string> => {
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file) || !all.has(file)) return
    reached.add(file)
    for (const one of all.get(file)!) if (one.from.startsWith("./")) visit(relative("", one.from))
  }
  from.forEach(visit)
  return reached
}
