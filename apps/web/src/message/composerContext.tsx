import { Show } from "solid-js"
import { useScene } from "../context.ts"
import { Close, Pencil, Reply } from "../ui/icons.tsx"
import { gist } from "./quote.tsx"

/** Above the field: what is being answered or corrected, and the way out. */
const Context = () => {
  const { intent, setIntent, nameOf } = useScene()
  const answered = () => {
    const now = intent()
    return now.kind === "reply" ? now.to : undefined
  }
  return (
    <div class="composer-context">
      <Show when={answered()} fallback={<Editing />}>
        {(message) => (
          <>
            <Reply size={15} />
            <span>
              Replying to <b>{nameOf(message().by)}</b>: {gist(message())}
            </span>
          </>
        )}
      </Show>
      <button
        type="button"
        class="icon-button small"
        aria-label={answered() === undefined ? "Cancel editing" : "Do not reply"}
        onClick={() => setIntent({ kind: "new" })}
      >
        <Close size={15} />
      </button>
    </div>
  )
}
export default Context

const Editing = () => (
  <>
    <Pencil size={15} />
    <span>
      <b>Editing</b> your message · Esc cancels
    </span>
  </>
)
