import { readFileSync } from "node:fs"

/** Preloaded into a node: its clock goes wrong as the file says that `CLOCK_FILE` names, and goes wrong again when that changes. */
export type Clock =
  /** So many milliseconds before or after the right time. */
  | { readonly by: number }
  /** Standing still at this time. */
  | { readonly at: number }

const file = process.env["CLOCK_FILE"]
const right = Date.now
let clock: Clock = { by: 0 }

if (file !== undefined) {
  const look = (): void => {
    try {
      clock = JSON.parse(readFileSync(file, "utf8"))
    } catch {
      // It is being written: the next look will see it.
    }
  }
  look()
  setInterval(look, 20).unref()
  Date.now = () => ("at" in clock ? clock.at : right() + clock.by)
  globalThis.Date = new Proxy(Date, {
    construct: (date, given, target) => Reflect.construct(date, given.length === 0 ? [Date.now()] : given, target),
  })
}
