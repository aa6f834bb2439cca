import chromium from "@sparticuz/chromium"
import { type Browser, chromium as playwright } from "playwright-core"

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
/** They suit a page that lives once in a cloud function, and change how fast it is. */
const unfit = ["--single-process", "--no-zygote", "--disable-web-security", "--disable-site-isolation-trials"]

/** A real Chromium: the one at `CHROMIUM_PATH`, else the one that npm brought. */
export const launchBrowser = async (): Promise<Browser> => {
  const installed = process.env["CHROMIUM_PATH"]
  const brought = chromium.args.filter((flag) => !unfit.includes(flag))
  return installed
    ? playwright.launch({ executablePath: installed, args: flags })
    : playwright.launch({ executablePath: await chromium.executablePath(), args: [...new Set([...brought, ...flags])] })
}
