import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

/** A process that runs `node.ts`. */
export interface OtherProcess {
  readonly pid: number
  /** Seqs that it was told were appended, in the order of the telling. */
  readonly acknowledged: ReadonlyArray<number>
  /** Lets it begin to write. */
  readonly go: () => void
  readonly kill: () => void
  /** Waits until so many were acknowledged. */
  readonly wrote: (count: number) => Promise<void>
  /** Waits for its end and gives what it said besides seqs. */
  readonly ended: Promise<string>
}

/** Starts it and waits until it has opened the log, or until it says why it cannot. */
export const otherProcess = async (options: Readonly<Record<string, string>>): Promise<OtherProcess> => {
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const child = spawn(process.execPath, [fileURLToPath(new URL("./node.ts", import.meta.url)), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const acknowledged: Array<number> = []
  let said = ""
  let rest = ""
  let look: () => void = () => undefined
  child.stdout.on("data", (chunk: Buffer) => {
    const lines = `${rest}${chunk}`.split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines)
      if (/^\d+$/.test(line)) acknowledged.push(Number(line))
      else said += `${line}\n`
    look()
  })
  const ended = new Promise<string>((resolve) => child.once("close", () => resolve(said)))
  const when = (there: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => (there() ? resolve() : undefined)
      look()
    })
  await Promise.race([when(() => said !== ""), ended])
  return {
    pid: child.pid!,
    acknowledged,
    go: () => child.stdin.write("go\n"),
    kill: () => child.kill("SIGKILL"),
    wrote: (count) => Promise.race([when(() => acknowledged.length >= count), ended.then(() => undefined)]),
    ended,
  }
}
