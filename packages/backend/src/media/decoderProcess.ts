import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { type Answer, type Job, type Told, tooSlow } from "./decoderJob.ts"

/** Milliseconds for a process to start, however much else the machine does. */
const startUp = 60_000

/** A process that makes one image after the other anew. `gone` is called once, when it has ended. */
export const startDecoder = (gone: () => void) => {
  const child = spawn(process.execPath, [...flags, program], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: surroundings(),
  })
  const ready = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  let answered: ((answer: Answer) => void) | undefined
  let idle: NodeJS.Timeout | undefined
  let held = 0
  let images = 0
  let isAlive = true
  let isBroken = false

  const ending = (): void => {
    if (!isAlive) return
    isAlive = false
    clearTimeout(idle)
    ready.resolve()
    answered?.(broken)
    over.resolve()
    gone()
  }
  const end = (): void => void child.kill("SIGKILL")
  child.once("error", ending)
  child.once("exit", ending)
  child.on("message", (told: Told) => {
    if ("ready" in told) return ready.resolve()
    held = told.held
    isBroken ||= told.ends
    answered?.(told.answer)
  })

  return {
    pid: child.pid,
    isAlive: () => isAlive && !isBroken && child.connected,
    /** Bytes of memory after the last image. */
    held: () => held,
    images: () => images,

    /** Has an image made anew. A process that takes longer, or ends meanwhile, is an answer too. */
    ask: async (job: Job): Promise<Answer> => {
      clearTimeout(idle)
      await within(startUp, ready.promise, end)
      if (!isAlive) return { failed: "the decoder process did not start" }
      images += 1
      const answer = Promise.withResolvers<Answer>()
      answered = answer.resolve
      child.send(job, (error) => {
        if (!error) return
        isBroken = true
        answer.resolve(broken)
      })
      return within(job.patience * 3, answer.promise, () => {
        answer.resolve(tooSlow)
        end()
      })
    },

    /** Ends it when nobody asks for a while. */
    whenIdle: (milliseconds: number, before: () => void): void => {
      idle = setTimeout(() => {
        before()
        end()
      }, milliseconds).unref()
    },

    end,
    ended: (): Promise<void> => {
      end()
      return over.promise
    },
  }
}

export type DecoderProcess = ReturnType<typeof startDecoder>

const program = fileURLToPath(import.meta.resolve("@roomlog/backend/decoder"))
const flags = ["--max-old-space-size=96", "--max-semi-space-size=2"]

/** Nothing of the server's secrets. One heap, so that memory comes back. */
const surroundings = (): Record<string, string> => {
  const passed = ["PATH", "LD_LIBRARY_PATH", "SystemRoot", "TEMP", "TMPDIR"]
  const own = { MALLOC_ARENA_MAX: "1", VIPS_CONCURRENCY: "1", UV_THREADPOOL_SIZE: "2" }
  return {
    ...own,
    ...Object.fromEntries(passed.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
  }
}

const within = async <A>(milliseconds: number, work: Promise<A>, late: () => void): Promise<A> => {
  const timer = setTimeout(late, milliseconds)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

const broken: Answer = { refused: "This image cannot be read. Save it anew with another program, and send that." }
