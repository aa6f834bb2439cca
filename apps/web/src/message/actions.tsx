import { Show } from "solid-js"
import { useScene } from "../context.ts"
import { Dots, Pencil, Reply, Smile } from "../ui/icons.tsx"
import { mayEdit } from "./allowed.ts"
import type { MessageRow } from "./rows.ts"

/** What can be asked for beside a message. */
export type Floating = { readonly kind: "emoji" | "more"; readonly row: MessageRow; readonly anchor: HTMLElement }

/** The small bar at the corner of the message that the pointer or the focus is on. */
export const Actions = (props: { row: MessageRow; onFloat: (floating: Floating) => void }) => {
  const { setIntent, me } = useScene()
  const float = (kind: Floating["kind"]) => (event: MouseEvent & { currentTarget: HTMLElement }) => {
    event.stopPropagation()
    props.onFloat({ kind, row: props.row, anchor: event.currentTarget })
  }
  return (
    <div class="actions" role="toolbar" aria-label="Actions on this message">
      <Show when={props.row.message.removed === null}>
        <button type="button" class="icon-button" aria-label="Add a reaction" title="React" onClick={float("emoji")}>
          <Smile />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Reply"
          title="Reply"
          onClick={() => setIntent({ kind: "reply", to: props.row.message })}
        >
          <Reply />
        </button>
        <Show when={mayEdit(props.row.message, me.id)}>
          <button
            type="button"
            class="icon-button"
            aria-label="Edit"
            title="Edit"
            onClick={() => setIntent({ kind: "edit", message: props.row.message })}
          >
            <Pencil />
          </button>
        </Show>
      </Show>
      <button
        type="button"
        class="icon-button"
        aria-label="More"
        title="More"
        aria-haspopup="menu"
        onClick={float("more")}
      >
        <Dots />
      </button>
    </div>
  )
}
