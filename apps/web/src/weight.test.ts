import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build } from "vite"
import { beforeAll, expect, test } from "vitest"

const web = join(import.meta.dirname, "..")
const dist = join(web, "dist")
/** As `apps/bench/src/page` counts it, whose target is 50,000. */
const mostBytes = 49_000

beforeAll(async () => {
  if (!existsSync(join(dist, "index.html"))) await build({ configFile: join(web, "vite.config.ts"), logLevel: "error" })
}, 120_000)

test("the first load of a room page is at most 49 kB of page, styles and scripts, compressed", async () => {
  const html = await readFile(join(dist, "index.html"), "utf8")
  const styles = references(html, /href="\/(assets\/[^"]+\.css)"/g)
  const scripts = await loadedAtOnce(references(html, /(?:src|href)="\/(assets\/[^"]+\.js)"/g))
  expect([styles.length, scripts.size]).toEqual([1, 1])
  const weights = await Promise.all(["index.html", ...styles, ...scripts].map(weightOf))
  expect(weights.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(mostBytes)
})

test("the service worker is one file by itself", async () => {
  expect(await readFile(join(dist, "sw.js"), "utf8")).not.toMatch(/\bimport\b/)
})

test("the page has no inline script and no inline style", async () => {
  const html = await readFile(join(dist, "index.html"), "utf8")
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/)
  expect(html).not.toMatch(/<style|\sstyle=/)
})

test("schemas are nowhere in the scripts", async () => {
  const html = await readFile(join(dist, "index.html"), "utf8")
  const files = await loadedAtOnce(references(html, /(?:src|href)="\/(assets\/[^"]+\.js)"/g))
  for (const file of files) expect(await readFile(join(dist, file), "utf8")).not.toContain("~effect/Schema")
})

const weightOf = async (file: string): Promise<number> => gzipSync(await readFile(join(dist, file))).length

/** The files and everything that they import statically. */
const loadedAtOnce = async (files: ReadonlyArray<string>, seen = new Set<string>()): Promise<ReadonlySet<string>> => {
  for (const file of files) {
    if (seen.has(file)) continue
    seen.add(file)
    const code = await readFile(join(dist, file), "utf8")
    const imports = references(
      code,
      /(?:^|[;}\s])(?:import|export)\s*(?:[\w$*{][^"'()]*?from\s*)?["']\.\/([^"']+\.js)["']/g,
    )
    await loadedAtOnce(
      imports.map((name) => `assets/${name}`),
      seen,
    )
  }
  return seen
}

const references = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  [...text.matchAll(pattern)].map((match) => match[1]!)
