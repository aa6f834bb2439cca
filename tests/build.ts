import { execFileSync } from "node:child_process"
import { join } from "node:path"

const root = join(import.meta.dirname, "..")

/** Builds what has changed since it was built. */
export const setup = (): void => {
  execFileSync(process.execPath, [join(root, "node_modules/.bin/turbo"), "run", "build", "--output-logs=errors-only"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1" },
  })
}
