import { gzipSync } from "node:zlib"
import type { Browser, BrowserContext, Page } from "playwright-core"
import type { Figures } from "../bench.ts"

/** A room that a visitor may enter. */
export interface Place {
  readonly url: string
  readonly token: string
  /** Name of the room. */
  readonly name: string
}

/** A page of its own profile, which has nothing in its cache, in a room whose newest messages are shown. */
export const visit = async (browser: Browser, { url, token, name }: Place): Promise<Visit> => {
  const context = await browser.newContext()
  await context.addCookies([{ name: "roomlog_session", value: token, url }])
  const page = await context.newPage()
  const loaded: Array<Promise<Loaded>> = []
  page.on("response", (response) => {
    const type = response.request().resourceType()
    if (counted.has(type)) loaded.push(response.body().then((body) => ({ type, bytes: gzipSync(body).length })))
  })
  await page.goto(`${url}/chat/${name}/`, { waitUntil: "commit" })
  await page.getByRole("textbox", { name: `Message to #${name}` }).waitFor()
  await page.locator("li.message").last().waitFor()
  const usable = await page.evaluate(() => performance.now())
  return { context, page, usable, loaded: () => Promise.all(loaded) }
}

interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Milliseconds from the beginning of the navigation. */
  readonly usable: number
  readonly loaded: () => Promise<ReadonlyArray<Loaded>>
}

interface Loaded {
  readonly type: string
  /** As gzip makes them. */
  readonly bytes: number
}

/** What makes the page; images and what it asks the server for are no part of it. */
const counted = new Set(["document", "script", "stylesheet"])

/** The first load of all, and how long until one can read and write. */
export const opening = async (browser: Browser, place: Place): Promise<Figures> => {
  const { context, usable, loaded } = await visit(browser, place)
  const kilobytes = (files: ReadonlyArray<Loaded>): number => files.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000
  const files = await loaded()
  await context.close()
  return {
    "first load, kB gzip": kilobytes(files),
    "of it scripts, kB gzip": kilobytes(files.filter(({ type }) => type === "script")),
    "until usable, s": usable / 1_000,
  }
}

/** Scrolls up and down through a window of about 300 rows, and looks how long frames are. */
export const scrolling = async (browser: Browser, place: Place, seconds: number): Promise<Figures> => {
  const { context, page } = await visit(browser, place)
  const rows = () => page.locator("li.message").count()
  // The window grows as one scrolls up, to about 300 rows.
  for (let before = 0; before < 280; before = await rows()) {
    const had = await rows()
    await page.locator(".log").evaluate((log) => log.scrollTo(0, 0))
    await page.waitForFunction((had) => document.querySelectorAll("li.message").length > had, had)
  }
  const frames = await page.locator(".log").evaluate(
    (log, seconds) =>
      new Promise<ReadonlyArray<number>>((done) => {
        const took: Array<number> = []
        const began = performance.now()
        let last = began
        let way = 40
        log.scrollTo(0, log.scrollHeight / 2)
        const frame = (now: number): void => {
          took.push(now - last)
          last = now
          if (log.scrollTop > log.scrollHeight - log.clientHeight - 1_200) way = -40
          if (log.scrollTop < 1_200) way = 40
          log.scrollBy(0, way)
          if (now - began < seconds * 1_000) requestAnimationFrame(frame)
          else done(took.slice(2))
        }
        requestAnimationFrame(frame)
      }),
    seconds,
  )
  const shown = await rows()
  await context.close()
  const sorted = frames.toSorted((a, b) => a - b)
  return {
    "longest frame, ms": sorted.at(-1)!,
    "frame p99, ms": sorted[Math.floor(sorted.length * 0.99)]!,
    rows: shown,
  }
}

/** Looks on while messages arrive, and how much of the time long tasks (over 50 ms) take. */
export const listening = async (browser: Browser, place: Place, talk: () => Promise<string>): Promise<Figures> => {
  const { context, page } = await visit(browser, place)
  await page.evaluate(() => {
    const seen = { busy: 0, since: performance.now() }
    Object.assign(window, { seen })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.busy += duration
    }).observe({ type: "longtask" })
  })
  const last = await talk()
  await page.locator("li.message", { hasText: last }).waitFor()
  const share = await page.evaluate(() => {
    const { seen } = window as unknown as { seen: { busy: number; since: number } }
    return seen.busy / (performance.now() - seen.since)
  })
  const shown = await page.locator("li.message").allTextContents()
  await context.close()
  const numbers = shown.flatMap((text) => /number (\d+) of what/.exec(text)?.[1] ?? []).map(Number)
  for (const [i, number] of numbers.entries())
    if (i > 0 && number !== numbers[i - 1]! + 1) throw new Error(`the page shows ${number} after ${numbers[i - 1]}`)
  return { "long tasks, %": 100 * share }
}
