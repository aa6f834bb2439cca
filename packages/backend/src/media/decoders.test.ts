import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import sharp from "sharp"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import { type Decoders, openDecoders, usualLimits } from "./decoders.ts"
import { png } from "./testImages.ts"
import { openTurns } from "./turns.ts"

vi.setConfig({ testTimeout: 60_000 })

let folder: string
let decoders: Decoders

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomlog-decoders-"))
  await writeFile(join(folder, "dot"), png(1, 1))
  await writeFile(
    join(folder, "slow"),
    await sharp(png(2_000, 2_000, true))
      .webp({ effort: 0 })
      .toBuffer(),
  )
})
afterAll(() => rm(folder, { recursive: true }))

const prepare = (name: string, to = `${name}.new`) => decoders.prepare(join(folder, name), join(folder, to))
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const withDecoders = async (limits: Partial<typeof usualLimits>, work: () => Promise<void>) => {
  decoders = openDecoders({ ...usualLimits, ...limits })
  try {
    await work()
  } finally {
    await decoders.close()
  }
}

test("there are none until they are needed, two at most, and none after the end", () =>
  withDecoders({}, async () => {
    expect(decoders.pids()).toEqual([])
    let most = 0
    const all = Array.from({ length: 9 }, async (_, i) => {
      await prepare("dot", `${i}`)
      most = Math.max(most, decoders.pids().length)
    })
    await Promise.all(all)
    expect(most).toBe(2)
    const pids = decoders.pids()
    await decoders.close()
    expect([decoders.pids(), pids.filter(isRunning)]).toEqual([[], []])
    expect(await prepare("dot")).toEqual({ refused: expect.stringMatching(/^The server is stopping/) })
  }))

test("one that is killed costs its image only, and the next one gets another", () =>
  withDecoders({}, async () => {
    await prepare("dot")
    const [pid] = decoders.pids()
    const slow = prepare("slow")
    const waiting = Promise.all([prepare("dot", "1"), prepare("dot", "2"), prepare("dot", "3")])
    process.kill(pid!, "SIGKILL")
    expect(await slow).toEqual({ refused: expect.stringMatching(/^This image cannot be read/) })
    for (const answer of await waiting) expect(answer).toMatchObject({ type: "image/png" })
    expect(await prepare("slow")).toMatchObject({ type: "image/webp", width: 2_000 })
  }))

test("an image that takes too long is refused, and its process is gone", () =>
  withDecoders({ patience: 20 }, async () => {
    const answer = prepare("slow")
    expect(await answer).toEqual({ refused: expect.stringMatching(/^It took too long/) })
    await vi.waitFor(() => expect(decoders.pids()).toEqual([]), 30_000)
  }))

test("who waits while the server stops is told so", () =>
  withDecoders({}, async () => {
    const all = Array.from({ length: 5 }, (_, i) => prepare("slow", `s${i}`))
    await vi.waitFor(() => expect(decoders.pids()).toHaveLength(2), 30_000)
    await decoders.close()
    for (const answer of await Promise.all(all))
      expect(answer).toEqual({ refused: expect.stringMatching(/^The server is stopping/) })
  }))

test("processes end when nobody needs them, and after so many images", () =>
  withDecoders({ idle: 50, images: 2 }, async () => {
    for (const n of [1, 2, 3]) await prepare("dot", `${n}`)
    await vi.waitFor(() => expect(decoders.pids()).toEqual([]), 30_000)
    expect(await prepare("dot")).toMatchObject({ width: 1 })
  }))

test("nothing of the server's surroundings is known in there", () =>
  withDecoders({}, async () => {
    process.env["SECRET_OF_TEST"] = "s"
    await prepare("dot")
    delete process.env["SECRET_OF_TEST"]
    const said = await readFile(`/proc/${decoders.pids()[0]}/environ`, "utf8").catch(() => "")
    expect(said).not.toContain("SECRET_OF_TEST")
  }))

test("a full disk is not the image's fault", () =>
  withDecoders({}, async () => {
    await expect(prepare("dot", "no/such/folder")).rejects.toThrow("could not be made anew")
  }))

test("who needs all seats gets them in their turn", async () => {
  const turns = openTurns(2)
  const order: Array<string> = []
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>())
  const take = (name: string, needs: number, gate = Promise.resolve()) =>
    turns.take(needs, async () => {
      order.push(name)
      await gate
    })
  const all = [take("a", 1, gates[0]!.promise), take("b", 1, gates[1]!.promise), take("both", 2), take("c", 1)]
  await vi.waitFor(() => expect(order).toEqual(["a", "b"]), 30_000)
  gates[0]!.resolve()
  await all[0]
  expect(order).toEqual(["a", "b"])
  gates[1]!.resolve()
  await Promise.all(all)
  expect(order).toEqual(["a", "b", "both", "c"])
})
