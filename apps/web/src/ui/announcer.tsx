import { createSignal, onCleanup } from "solid-js"

/** Tells screen readers politely, at most once a second; what came meanwhile is told together by `gathered`. */
export const makeAnnouncer = (gathered: (lines: ReadonlyArray<string>) => string) => {
  const [text, setText] = createSignal("")
  let waiting: string[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const tell = () => {
    timer = undefined
    if (waiting.length === 0) return
    setText(waiting.length === 1 ? waiting[0]! : gathered(waiting))
    waiting = []
    timer = setTimeout(tell, 1_000)
  }
  onCleanup(() => clearTimeout(timer))
  const announce = (line: string) => {
    waiting.push(line)
    if (timer === undefined) tell()
  }
  const Announcer = () => (
    <div class="unseen" role="status" aria-live="polite">
      {text()}
    </div>
  )
  return { announce, Announcer }
}
