import { start } from "../src/start.tsx"
import { type Beginning, type Fake, fake } from "./fake.ts"

declare global {
  interface Window {
    /** The canned server behind the page, for tests. */
    canned: Fake
  }
}

const asked = sessionStorage.getItem("beginning")
window.canned = fake(asked === null ? {} : (JSON.parse(asked) as Beginning))
start(window.canned.roomlog)
