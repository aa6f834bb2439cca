import { Show } from "solid-js"
import { useScene } from "../context.ts"
import { enumerated } from "../message/notices.ts"

/** Who writes now, in a line that is always there. */
export const Typing = () => {
  const { state } = useScene()
  const names = () => state().typing.map(({ name }) => name)
  return (
    <p class="typing">
      <Show when={names().length > 0}>
        <span class="typing-dots" aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        {enumerated(names())} {names().length === 1 ? "is" : "are"} typing…
      </Show>
    </p>
  )
}
