import { Match, Switch } from "solid-js"
import { useScene } from "../context.ts"
import { Close, Pencil, Reply } from "../ui/icons.tsx"
import { gist } from "./quote.tsx"

/** Above the field: what is being answered or corrected, and the way out. */
export const Context = () => {
  const { intent, setIntent, nameOf } = useScene()
  const answered = () => {
    const now = intent()
    return now.kind === "reply" ? now.to : undefined
  }
  const stop = () => setIntent({ kind: "new" })
  return (
    <Switch>
      <Match when={answered()}>
        {(message) => (
          <div class="composer-context">
            <Reply size={15} />
            <span>
              Replying to <b>{nameOf(message().by)}</b>: {gist(message())}
            </span>
            <button type="button" class="icon-button small" aria-label="Do not reply" onClick={stop}>
              <Close size={15} />
            </button>
          </div>
        )}
      </Match>
      <Match when={intent().kind === "edit"}>
        <div class="composer-context">
          <Pencil size={15} />
          <span>
            <b>Editing</b> your message · Esc cancels
          </span>
          <button type="button" class="icon-button small" aria-label="Cancel editing" onClick={stop}>
            <Close size={15} />
          </button>
        </div>
      </Match>
    </Switch>
  )
}
