import type { Seq, TimelineItem } from "@roomlog/schemas"
import { createEffect, createSignal, Show } from "solid-js"
import { useScene } from "../context.ts"
import { Close, Up } from "../ui/icons.tsx"
import { clockTime } from "../ui/time.ts"

/** Says what is new above the window, until it was seen or put away. */
export const NewBar = (props: {
  shown: boolean
  unread: number
  newAfter: Seq | null
  firstNew: TimelineItem | undefined
}) => {
  const { jumpTo } = useScene()
  const [done, setDone] = createSignal(false)
  createEffect<boolean>((was) => {
    if (was && !props.shown) setDone(true)
    return props.shown
  }, false)
  const jump = () => {
    setDone(true)
    jumpTo((props.newAfter ?? 0) + 1)
  }
  return (
    <Show when={props.shown && !done() && props.unread > 0}>
      <div class="new-bar">
        <button type="button" class="new-bar-jump" onClick={jump}>
          <Up size={15} /> {props.unread >= 1_000 ? "1,000+" : props.unread} new
          <Show when={props.firstNew}>{(first) => <span> since {clockTime(first().at)}</span>}</Show>
        </button>
        <button type="button" class="icon-button small" aria-label="Put away" onClick={() => setDone(true)}>
          <Close size={14} />
        </button>
      </div>
    </Show>
  )
}
