import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"

/** What a part of the check came to: tests, or the step itself. */
interface Outcome {
  readonly passed: number
  readonly failed: number
  /** What failed, by name, so that the end of a long output says it. */
  readonly failures?: ReadonlyArray<string>
  /** What was left out: each group once, with the reason that its title gives. */
  readonly skipped?: ReadonlyArray<string>
}

/** A file of tests, and a test, as vitest reports them. */
interface Suite {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly assertionResults: ReadonlyArray<Reported>
}
interface Reported {
  readonly status: string
  readonly title: string
  readonly fullName: string
  readonly ancestorTitles: ReadonlyArray<string>
  readonly failureMessages: ReadonlyArray<string>
}

const root = join(import.meta.dirname, "..")
const reports = await mkdtemp(join(tmpdir(), "roomlog-test-"))
const heavyNames = ["pg", "fault", "web"].map((need) => `.${need}.test.ts`)
const measured = "tests/faults/delay.fault.test.ts"

const bench = join(root, "apps/bench/src/main.ts")

const outcomes = [
  await step("types", "tsc", "-p", "tsconfig.json"),
  await step("format and lint", "biome", "check", "--error-on-warnings", "."),
  await step("build", "turbo", "run", "build", "--output-logs=errors-only"),
  await tests("light tests", ...heavyNames.flatMap((name) => ["--exclude", `**/*${name}`])),
  await tests("tests with Postgres, a browser and deaths", ...heavyNames, "--exclude", measured),
  await tests("faults that delay, alone because they measure", measured),
  ...(process.argv.includes("--benches") ? [await step("benches, in small: nothing is lost", bench, "--quick")] : []),
]
await rm(reports, { recursive: true, force: true })

const [passed, failed] = [sum("passed"), sum("failed")]
for (const title of new Set(outcomes.flatMap(({ skipped = [] }) => skipped))) console.log(`not run: ${title}`)
for (const failure of outcomes.flatMap(({ failures = [] }) => failures)) console.log(`FAILED: ${failure}`)
process.exitCode = failed === 0 ? 0 : 1
console.log(`${passed} passed, ${failed} failed`)

/** Runs a tool, which passes or fails as a whole. */
async function step(name: string, ...command: [string, ...string[]]): Promise<Outcome> {
  return (await succeeds(name, command)) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, failures: [name] }
}

/** Runs suites and counts their tests; a run that fails without a failed test counts as one. */
async function tests(name: string, ...args: string[]): Promise<Outcome> {
  const file = join(reports, `${name}.json`)
  const reporting = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`, "--passWithNoTests"]
  const succeeded = await succeeds(name, ["vitest", "run", ...reporting, ...args])
  const outcome = await counted(file)
  const unexplained = !succeeded && outcome.failed === 0
  console.log(`${name}: ${outcome.passed} passed, ${outcome.failed} failed`)
  return unexplained ? { ...outcome, failed: 1, failures: [`${name}, outside of any test`] } : outcome
}

/** Runs a program, or a tool of node_modules/.bin, on the Node that this script runs on, and says how it went. */
async function succeeds(name: string, [tool, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  const began = Date.now()
  console.log(`\n# ${name}`)
  const child = spawn(process.execPath, [resolve(root, "node_modules/.bin", tool), ...args], {
    cwd: root,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
    stdio: ["ignore", "inherit", "inherit"],
  })
  const [code] = await once(child, "close")
  console.log(`# ${name}: ${code === 0 ? "passed" : "FAILED"} after ${Math.round((Date.now() - began) / 1000)} s`)
  return code === 0
}

async function counted(file: string): Promise<Outcome> {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(await readFile(file, "utf8"))
    const suites: ReadonlyArray<Suite> = testResults
    const all = suites.flatMap(({ assertionResults }) => assertionResults)
    const broken = suites.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0)
    return {
      passed: numPassedTests,
      failed: numFailedTests + broken.length,
      failures: [
        ...broken.map(({ name, message }) => `${name}: ${reason(message)}`),
        ...all
          .filter(({ status }) => status === "failed")
          .map(({ fullName, failureMessages: [message = ""] }) => `${fullName}: ${reason(message)}`),
      ],
      skipped: all
        .filter(({ status }) => status === "skipped" || status === "pending")
        .map(({ ancestorTitles, title }) => ancestorTitles[0] || title),
    }
  } catch {
    return { passed: 0, failed: 0 }
  }
}

/** What a test says before its stack begins: a property's seed and counterexample are on its second and third line. */
function reason(message: string): string {
  const [first = "", ...more] = message.split("\n", 3)
  return [first, ...more.filter((line) => /^(\{ seed|Counterexample)/.test(line))].join(" ").slice(0, 1000)
}

function sum(kind: "passed" | "failed"): number {
  return outcomes.reduce((total, outcome) => total + outcome[kind], 0)
}
