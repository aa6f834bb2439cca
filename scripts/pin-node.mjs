// Links the Node that package.json pins into node_modules/.bin, so that every npm script runs on it whatever Node the machine has.
// npm alone does not do this reliably: npm 10 drops a bin name that several packages share.
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const binary = pinnedNode()
if (binary === undefined)
  console.warn(`no pinned Node for ${process.platform}-${process.arch}: using ${process.version}`)
else if (process.platform !== "win32") link(binary, join(root, "node_modules/.bin/node"))

function pinnedNode() {
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node"
  const platform = process.platform === "win32" ? "win" : process.platform
  try {
    const manifest = createRequire(join(root, "package.json")).resolve(
      `${prefix}-${platform}-${process.arch}/package.json`,
    )
    const file = join(dirname(manifest), "bin/node")
    return existsSync(file) ? file : undefined
  } catch {
    return undefined
  }
}

function link(target, at) {
  mkdirSync(dirname(at), { recursive: true })
  rmSync(at, { force: true })
  symlinkSync(relative(dirname(at), target), at)
}
