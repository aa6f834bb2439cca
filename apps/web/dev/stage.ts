import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { build, preview } from "vite"
import { launchBrowser } from "../../../tests/browser.ts"
import type { Beginning } from "./fake.ts"

const csp =
  "default-src 'self'; img-src 'self' blob: data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"

export interface Scene extends BrowserContextOptions {
  readonly beginning?: Beginning
  readonly path?: string
  /** For pictures only: loads an emoji font, which a bare machine lacks; it lifts the content security policy. */
  readonly emoji?: boolean
}

/** The built page over the canned server, under the content security policy, in a real browser. */
export const openStage = async () => {
  const outDir = await mkdtemp(join(tmpdir(), "roomlog-stage-"))
  const configFile = join(import.meta.dirname, "../vite.config.ts")
  await build({ configFile, mode: "fake", logLevel: "error", build: { outDir } })
  const server = await preview({
    configFile,
    mode: "fake",
    logLevel: "error",
    build: { outDir },
    preview: { port: 0, host: "127.0.0.1", headers: { "content-security-policy": csp }, proxy: {} },
  })
  const address = server.httpServer.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  const browser = await launchBrowser()
  const open = (scene: Scene = {}) => openPage(browser, `http://127.0.0.1:${address.port}`, scene)
  return {
    open,
    /** Plays a scene, and fails when the page complained of anything that is not allowed to it. */
    play: async ({ allowed, ...scene }: Scene & { readonly allowed?: RegExp }, act: (page: Page) => Promise<void>) => {
      const { page, complaints, close } = await open(scene)
      try {
        await act(page)
        const heard = complaints.filter((one) => allowed?.test(one) !== true)
        if (heard.length > 0) throw new Error(`the page complained: ${heard.join("; ")}`)
      } finally {
        await close()
      }
    },
    close: async () => {
      await browser.close()
      await server.close()
      await rm(outDir, { recursive: true })
    },
  }
}
export type Stage = Awaited<ReturnType<typeof openStage>>

/** A page that has arrived, and everything it complained about. */
const openPage = async (
  browser: Browser,
  origin: string,
  { beginning, path = "/chat/harbour/", emoji = false, ...options }: Scene,
) => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    baseURL: origin,
    bypassCSP: emoji,
    ...options,
  })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
  page.on("pageerror", (error) => complaints.push(String(error)))
  await page.addInitScript((value) => sessionStorage.setItem("beginning", value), JSON.stringify(beginning ?? {}))
  await page.clock.setSystemTime(new Date(2026, 10, 20, 9, 41))
  await page.route("**/media/**", (route) =>
    route.fulfill({ contentType: "image/svg+xml", body: painting(route.request().url()) }),
  )
  await page.goto(path)
  if (emoji) await withEmoji(page)
  return { page, complaints, close: () => context.close() }
}

const painting = (url: string): string => {
  const n = Number(/(\d+)\.\w+/.exec(url)?.[1]?.slice(-2) ?? 0)
  const [sky, sea, deep] = [
    ["#8ec5c0", "#2f6f73", "#183d44"],
    ["#f2c58a", "#c97a4a", "#6a3b2b"],
    ["#c9b6e4", "#6c5a9c", "#382b5c"],
  ][n % 3]!
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1380" height="900" viewBox="0 0 1380 900" preserveAspectRatio="xMidYMid slice"><defs><linearGradient id="a" x1="0" y1="0" x2=".3" y2="1"><stop stop-color="${sky}"/><stop offset=".6" stop-color="${sea}"/><stop offset="1" stop-color="${deep}"/></linearGradient></defs><rect width="1380" height="900" fill="url(#a)"/><path d="M0 620 Q 340 560 700 620 T 1380 600 V 900 H 0Z" fill="${deep}" opacity=".55"/><circle cx="${300 + n * 260}" cy="220" r="90" fill="#fff" opacity=".28"/></svg>`
}

const withEmoji = async (page: Page): Promise<void> => {
  const folder = dirname(createRequire(import.meta.url).resolve("@fontsource/noto-color-emoji/package.json"))
  const faces = await readFile(join(folder, "emoji.css"), "utf8")
  const css = await inlined(faces, folder)
  await page.addStyleTag({ content: css })
  await page.evaluate(() => document.fonts.ready)
}

const inlined = async (css: string, folder: string): Promise<string> => {
  const files = [...new Set([...css.matchAll(/url\((\.\/files\/[^)]+\.woff2)\)/g)].map((match) => match[1]!))]
  let all = css
  for (const file of files) {
    const font = await readFile(join(folder, file), "base64")
    all = all.replaceAll(`url(${file})`, `url(data:font/woff2;base64,${font})`)
  }
  return all
}
