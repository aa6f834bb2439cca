import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join, matchesGlob } from "node:path"
import { parse } from "yaml"

const root = join(import.meta.dirname, "..")

/** A text of the repository. */
export const textOf = (path: string): string => readFileSync(join(root, path), "utf8")

/** What these tests know of a service of docker-compose.yml. */
export interface Service {
  readonly image: string
  readonly build?: string
  readonly command?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: ReadonlyArray<string>
  readonly networks?: ReadonlyArray<string>
  readonly ports?: ReadonlyArray<string>
  readonly restart?: string
  readonly read_only?: boolean
  readonly user?: string
  readonly healthcheck?: { readonly test: ReadonlyArray<string> }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly deploy?: { readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } } }
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>
  readonly volumes: Readonly<Record<string, null>>
}

/** docker-compose.yml as Docker Compose reads it. */
export const compose: Compose = parse(textOf("docker-compose.yml"), { merge: true })

/** Fills in `${NAME}` and `${NAME:?sentence}` as Docker Compose does; throws the sentence for what is missing. */
export const filledIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+)(?::\?([^}]*))?\}/g, (_, name: string, sentence?: string) => {
    const value = values[name]
    if (!value && sentence !== undefined) throw new Error(sentence)
    return value ?? ""
  })

/** The variables that a text asks for, each with the sentence that it has for the one who forgot it. */
export const asked = (text: string): ReadonlyArray<{ readonly name: string; readonly sentence: string | undefined }> =>
  [...text.matchAll(/\$\{(\w+)(?::\?([^}]*))?\}/g)].map(([, name, sentence]) => ({ name: name!, sentence }))

/** One line of a Dockerfile, those that end with a backslash joined. */
export interface Instruction {
  readonly word: string
  readonly rest: string
}

/** The stages of a Dockerfile: what is done in each. */
export const stages = (dockerfile: string): ReadonlyArray<ReadonlyArray<Instruction>> => {
  const lines = dockerfile.replaceAll(/\\\n\s*/g, "").split("\n")
  const instructions = lines.flatMap((line) => {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    return word === undefined || rest === undefined ? [] : { word, rest }
  })
  const all: Instruction[][] = []
  for (const instruction of instructions) {
    if (instruction.word === "FROM") all.push([])
    all.at(-1)?.push(instruction)
  }
  return all
}

/** The variables that a stage sets. */
export const environmentOf = (stage: ReadonlyArray<Instruction>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    stage
      .filter(({ word }) => word === "ENV")
      .flatMap(({ rest }) => rest.split(" "))
      .map((pair) => pair.split("=") as [string, string]),
  )

/** What of the repository `docker build` sees: files that git knows or would take, without those of .dockerignore. */
export const buildContext = (): ReadonlyArray<string> => {
  const patterns = textOf(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
  const isIgnored = (path: string): boolean =>
    path
      .split("/")
      .map((_, depth, parts) => parts.slice(0, depth + 1).join("/"))
      .some((part) => patterns.some((pattern) => matchesGlob(part, pattern)))
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: root })
  return [...new Set(String(files).split("\0"))].filter((path) => path !== "" && !isIgnored(path))
}
