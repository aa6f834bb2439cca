import { spawnSync } from "node:child_process"
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { parseArgs } from "node:util"
import { type Bug, bugs } from "./bugs.ts"

// F17: seeds one bug after the other into a copy of the tree, runs the suites that must catch it, and takes it out.

const root = join(import.meta.dirname, "../..")
const { values } = parseArgs({ options: { only: { type: "string", default: "" } } })
const chosen = bugs.filter(({ name }) => name.includes(values.only))
const copy = copied()
process.once("exit", () => rmSync(copy, { recursive: true, force: true }))
process.once("SIGINT", () => process.exit(130))

const suites = [...new Set(chosen.flatMap((bug) => bug.suites))]
console.log(`without bugs: ${suites.length} suites`)
const healthy = run(suites)
if (healthy.failed.length > 0 || healthy.passed === 0)
  fail(`the suites fail without any bug:\n${healthy.failed.join("\n")}`)

let survived = 0
for (const bug of chosen) {
  const began = Date.now()
  const { failed } = seeded(bug, () => run(bug.suites))
  survived += failed.length === 0 ? 1 : 0
  const by =
    failed.length === 0
      ? "SURVIVED"
      : `caught by "${failed[0]}"${failed.length > 1 ? ` and ${failed.length - 1} more` : ""}`
  console.log(`${Math.round((Date.now() - began) / 1_000)} s`.padStart(6), bug.name, "-", by)
}
console.log(`\n${chosen.length - survived} of ${chosen.length} bugs caught`)
process.exitCode = survived === 0 ? 0 : 1

/** The tree as git sees it, with the same packages. */
function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), "roomlog-seeded-"))
  const files = command("git", ["ls-files", "-co", "--exclude-standard", "-z"], root).split("\0")
  for (const file of files.filter((name) => name !== "" && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    copyFileSync(join(root, file), join(folder, file))
  }
  // Hard links where the file system has them; the links between workspaces lead into the copy.
  for (const modules of globSync("{.,apps/*,packages/*}/node_modules", { cwd: root })) {
    const [own, target] = [join(root, modules), join(folder, modules)]
    if (spawnSync("cp", ["-al", own, target]).status !== 0) command("cp", ["-a", own, target], root)
  }
  return folder
}

function seeded<A>({ file, good, bad }: Bug, work: () => A): A {
  const path = join(copy, file)
  const text = readFileSync(path, "utf8")
  writeFileSync(
    path,
    text.replace(good, () => bad),
  )
  try {
    return work()
  } finally {
    writeFileSync(path, text)
  }
}

/** Runs suites; what failed, by title. A suite that cannot even begin counts as failed. */
function run(files: ReadonlyArray<string>): { readonly passed: number; readonly failed: ReadonlyArray<string> } {
  const report = join(copy, "report.json")
  rmSync(report, { force: true })
  const args = [
    join(copy, "node_modules/.bin/vitest"),
    "run",
    "--no-file-parallelism",
    "--testTimeout=20000",
    "--bail=1",
  ]
  spawnSync(process.execPath, [...args, "--reporter=json", `--outputFile.json=${report}`, ...files], {
    cwd: copy,
    stdio: "ignore",
    timeout: 180_000,
    killSignal: "SIGKILL",
  })
  try {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(report, "utf8")) as Report
    const failed = testResults.flatMap(({ status, name, assertionResults }) => {
      const titles = assertionResults.filter((test) => test.status === "failed").map(({ title }) => title)
      return status === "failed" && titles.length === 0 ? [name.slice(copy.length + 1)] : titles
    })
    return { passed: numPassedTests, failed }
  } catch {
    return { passed: 0, failed: ["the run did not end"] }
  }
}

interface Report {
  readonly numPassedTests: number
  readonly testResults: ReadonlyArray<{
    readonly status: string
    readonly name: string
    readonly assertionResults: ReadonlyArray<{ readonly status: string; readonly title: string }>
  }>
}

function command(program: string, args: ReadonlyArray<string>, cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0) fail(`${program} ${args.join(" ")}: ${stderr}`)
  return stdout
}

function fail(problem: string): never {
  console.error(problem)
  process.exit(1)
}
