import { setPriority } from "node:os"

/** What a command may touch of the world around it. */
export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** One line of what was asked for. */
  readonly say: (line: string) => void
  /** One line to the side: troubles, and what is no part of an answer that is piped on. */
  readonly remark: (line: string) => void
  /** Begins to show how far something is; shows nothing where nobody looks. */
  readonly progress: (what: string, total: number) => Progress
  /** Lets nodes on the same machine go first, for work that takes long beside them. */
  readonly giveWay?: () => void
  /** Aborted when the person at the keyboard, or the system, wants an end. */
  readonly stop: AbortSignal
}

/** Something that takes long. */
export interface Progress {
  readonly at: (done: number) => void
  /** Takes the bar away. */
  readonly end: () => void
}

/** The terminal of this process. */
export const terminal = (stop: AbortSignal): Io => ({
  environment: process.env,
  say: (line) => void process.stdout.write(`${line}\n`),
  remark: (line) => void process.stderr.write(`${line}\n`),
  progress: (what, total) => (process.stderr.isTTY ? bar(what, total) : unseen),
  giveWay: () => setPriority(10),
  stop,
})

const unseen: Progress = { at: () => undefined, end: () => undefined }
const width = 30

/** One line that is drawn again at most every tenth of a second. */
const bar = (what: string, total: number): Progress => {
  let drawn = 0
  return {
    at: (done) => {
      if (Date.now() - drawn < 100) return
      drawn = Date.now()
      process.stderr.write(`\r\x1b[K${barText(what, done, total)}`)
    },
    end: () => void process.stderr.write("\r\x1b[K"),
  }
}

/** `rebuild history [######........] 41 %  410,000 of 1,000,000` */
export const barText = (what: string, done: number, total: number): string => {
  const share = total === 0 ? 1 : Math.min(done / total, 1)
  const full = Math.floor(share * width)
  const percent = `${Math.floor(share * 100)} %`.padStart(5)
  const count = `${done.toLocaleString("en")} of ${total.toLocaleString("en")}`
  return `${what} [${"#".repeat(full)}${".".repeat(width - full)}] ${percent}  ${count}`
}
