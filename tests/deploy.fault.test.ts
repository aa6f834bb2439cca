import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { freePort, startPostgres, type TestPostgres } from "@roomlog/log/testing"
import postgres from "postgres"
import { afterAll, beforeAll, expect, test } from "vitest"
import { buildContext, compose, environmentOf, type Instruction, stages, textOf } from "./deployment.ts"

const [build, image] = stages(textOf("Dockerfile")) as [ReadonlyArray<Instruction>, ReadonlyArray<Instruction>]
const root = join(import.meta.dirname, "..")
const folder = mkdtempSync(join(tmpdir(), "roomlog-image-"))
const app = join(folder, "roomlog")
const role = compose.services["migrate"]!.command!.at(-1)!

let database: TestPostgres
const running: ChildProcess[] = []
beforeAll(async () => {
  database = await startPostgres()
})
afterAll(async () => {
  for (const child of running) child.kill("SIGKILL")
  await database?.stop("immediate")
  rmSync(folder, { recursive: true, force: true })
})

/** This machine's environment as a stage has it: the project's Node stands first, and npm and vitest left no word. */
const environment = (stage: ReadonlyArray<Instruction>): Record<string, string | undefined> => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(package|lifecycle)|npm_config_\w+_prefix|VITEST|NODE_ENV)/.test(name),
    ),
  ),
  ...environmentOf(stage),
  PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
})

const local = {
  DATA_DIR: join(folder, "data"),
  HOST: "127.0.0.1",
  SECRET: "a secret of the test that is long enough",
}

const wordsOf = (word: string): ReadonlyArray<string> => JSON.parse(image.findLast((one) => one.word === word)!.rest)

/** Starts the container's program; its first words are the image's ENTRYPOINT. */
const container = (words: ReadonlyArray<string>, settings: Record<string, string>): ChildProcess => {
  const [program, ...args] = [...wordsOf("ENTRYPOINT"), ...words]
  const child = spawn(program!, args, {
    cwd: app,
    env: { ...environment(image), ...local, ...settings },
    stdio: "inherit",
  })
  running.push(child)
  return child
}

const answerOf = async (url: string, child: ChildProcess): Promise<Response> => {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the node ended with ${child.exitCode}`)
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return answer
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

test("what the Dockerfile and docker-compose.yml do gives a node that one can use", { timeout: 300_000 }, async () => {
  for (const path of buildContext()) {
    if (!existsSync(join(root, path))) continue
    mkdirSync(dirname(join(app, path)), { recursive: true })
    cpSync(join(root, path), join(app, path), { verbatimSymlinks: true })
  }
  for (const { word, rest } of build)
    if (word === "RUN") execFileSync("sh", ["-c", rest], { cwd: app, env: environment(build), stdio: "inherit" })
  expect(existsSync(join(app, "node_modules/vitest")), "a tool of development was installed").toBe(false)

  const url = await database.freshDatabase()
  const owner = postgres(url, { max: 1 })
  await owner.unsafe(`create role ${role} login`)
  await owner.end()
  const migrating = container(compose.services["migrate"]!.command!, { DATABASE_URL: url })
  expect(await once(migrating, "exit")).toEqual([0, null])

  const port = String(await freePort())
  const node = container(wordsOf("CMD"), { PORT: port, DATABASE_URL: url.replace("//roomlog@", `//${role}@`) })
  const address = `http://127.0.0.1:${port}`
  expect(await (await answerOf(`${address}/health/ready`, node)).json()).toMatchObject({ status: "ok" })
  const page = await (await fetch(`${address}/chat/harbour/`)).text()
  const [, script] = /<script[^>]+src="([^"]+)"/.exec(page)!
  expect((await fetch(new URL(script!, address))).status).toBe(200)
  const signedIn = await fetch(`${address}/trpc/identity.signIn`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Ann" }),
  })
  expect(await signedIn.json()).toMatchObject({ result: { data: { user: { name: "Ann" } } } })

  node.kill("SIGTERM")
  expect(await once(node, "exit")).toEqual([0, null])
})
