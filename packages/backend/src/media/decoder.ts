import { type Answer, type Job, mostHeld, type Told, tooSlow } from "./decoderJob.ts"
import { prepare } from "./prepare.ts"

// A process of its own, started by decoders.ts: whatever an image does to a decoder, it does it here. It ends by itself
// when it takes too much memory or time, which only it can see on every platform, and when whoever started it is gone.

const tell = (told: Told, after = () => {}): void => void process.send?.(told, after)

/** Not `exit`, which would wait for a decoder that is stuck. */
const end = (): void => void process.kill(process.pid, "SIGKILL")

const answer = (job: Job): Promise<Answer> =>
  prepare(job).catch((cause: unknown): Answer => ({ failed: cause instanceof Error ? cause.message : String(cause) }))

const watching = ({ alone, patience }: Job): NodeJS.Timeout => {
  const most = alone ? mostHeld.alone : mostHeld.amongOthers
  const before = process.cpuUsage()
  return setInterval(() => {
    const held = process.memoryUsage.rss()
    const { user, system } = process.cpuUsage(before)
    if (held > most) tell({ answer: tooMuch, held, ends: true }, end)
    else if ((user + system) / 1_000 > patience) tell({ answer: tooSlow, held, ends: true }, end)
  }, 10)
}

const tooMuch = {
  refused: "Reading this image took too much memory. Make it smaller, or save it as PNG or plain JPEG.",
}

process.on("disconnect", end)
process.on("message", async (job: Job) => {
  const watch = watching(job)
  const said = await answer(job)
  clearInterval(watch)
  tell({ answer: said, held: process.memoryUsage.rss(), ends: false })
})
tell({ ready: true })
