import { onMount, type ParentProps, Show } from "solid-js"
import { Close } from "./icons.tsx"

/** A modal dialog of the platform: it holds the focus, Esc closes it and the focus goes back. */
export const Dialog = (props: ParentProps<{ title: string; class?: string; bare?: boolean; onClose: () => void }>) => {
  let dialog!: HTMLDialogElement
  onMount(() => dialog.showModal())
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the platform closes it on Esc; a press on the backdrop is an extra
    <dialog
      ref={dialog}
      class={`dialog ${props.class ?? ""}`}
      aria-label={props.title}
      onClose={() => props.onClose()}
      onClick={(event) => event.target === dialog && dialog.close()}
    >
      <div class="dialog-inside">
        <Show when={!props.bare}>
          <header class="dialog-head">
            <h2>{props.title}</h2>
            <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.close()}>
              <Close />
            </button>
          </header>
        </Show>
        {props.children}
      </div>
    </dialog>
  )
}
