import { start } from "../src/start.tsx"
import { type Beginning, fake } from "./fake.ts"

const asked = sessionStorage.getItem("beginning")
window.canned = fake(asked === null ? {} : (JSON.parse(asked) as Beginning))
start(window.canned.roomlog)
