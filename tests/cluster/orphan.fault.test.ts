import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "roomlog-orphan-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const starter = `
const { ServerProcess } = await import(process.argv[1])
const server = await ServerProcess.start(process.argv[2])
console.log(server.pid)
setInterval(() => {}, 1_000)`

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test("a server does not outlive the process that started it", async () => {
  const module = join(import.meta.dirname, "../serverProcess.ts")
  const parent = spawn(process.execPath, ["--input-type=module", "-e", starter, module, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const [said] = await once(parent.stdout, "data")
  const pid = Number(said)
  expect(isAlive(pid)).toBe(true)
  parent.kill("SIGKILL")
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
})
