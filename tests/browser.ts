import chromium from "@sparticuz/chromium"
import { type Browser, chromium as playwright } from "playwright-core"

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

// They suit a page that lives once in a cloud function: one process dies with its first page, and no origin is kept apart.
const unfit = [
  "--single-process",
  "--no-zygote",
  "--disable-web-security",
  "--allow-running-insecure-content",
  "--disable-site-isolation-trials",
]

/**
 * What Chromium sets in its environment while its threads begin to read it. Each new name moves the environment, and a
 * thread that reads it just then dies of SIGSEGV in getenv; names that are there already stay where they are.
 */
const settled = { DBUS_SESSION_BUS_ADDRESS: "disabled:", FC_FONTATIONS: "1" }

/** A real Chromium: the one at `CHROMIUM_PATH`, else the one that npm brought. Close it when done. */
export const launchBrowser = async (): Promise<Browser> => {
  const installed = process.env["CHROMIUM_PATH"]
  const common = { env: { ...process.env, ...settled }, headless: true }
  if (installed !== undefined && installed !== "")
    return playwright.launch({ executablePath: installed, args: flags, ...common })
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...new Set([...chromium.args.filter((flag) => !unfit.includes(flag)), ...flags])],
    ...common,
  })
}
