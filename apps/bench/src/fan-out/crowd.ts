import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { endsWithUs } from "../systems/endsWithUs.ts"

/** Listeners of a room, and how they speak. */
export interface Crowd {
  readonly dialect: "trpc" | "socket.io"
  readonly url: string
  readonly count: number
  readonly room: string
  /** Session of the listeners; empty when the server wants none. */
  readonly token: string
}

/** Listeners who are all live. */
export interface Gathered {
  /** Ends when everybody has heard the event. Ask before it is told. */
  readonly until: (seq: number) => Promise<unknown>
  readonly leave: () => void
}

/** Seats a crowd in two processes. */
export const gather = async (crowd: Crowd): Promise<Gathered> => {
  const sizes = crowd.count < 2 ? [crowd.count] : [Math.floor(crowd.count / 2), Math.ceil(crowd.count / 2)]
  const rows = await Promise.all(sizes.map((count) => seated({ ...crowd, count })))
  return {
    until: (seq) => Promise.all(rows.map((row) => row.until(seq))),
    leave: () => {
      for (const row of rows) row.leave()
    },
  }
}

interface Said {
  readonly live?: true
  readonly heard?: number
  readonly problem?: string
}

const seated = async (crowd: Crowd) => {
  const child = endsWithUs(fork(fileURLToPath(new URL("listeners.ts", import.meta.url)), [JSON.stringify(crowd)]))
  let wanted:
    | { readonly what: number | "live"; readonly go: () => void; readonly fail: (why: Error) => void }
    | undefined
  child.on("message", ({ problem, live, heard }: Said) => {
    if (problem !== undefined) wanted?.fail(new Error(problem))
    else if (wanted?.what === (live ? "live" : heard)) wanted?.go()
  })
  child.once("exit", () => wanted?.fail(new Error("the listeners' process ended")))
  const until = (what: number | "live") =>
    new Promise<void>((go, fail) => {
      wanted = { what, go, fail }
    })
  await until("live")
  return { until, leave: () => child.connected && child.disconnect() }
}
