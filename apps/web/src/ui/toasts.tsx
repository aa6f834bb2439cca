import { createSignal, For, Show } from "solid-js"
import { Close } from "./icons.tsx"

/** A word about what went wrong, or was done, with at most one thing to do about it. */
export interface Toast {
  readonly text: string
  readonly tone?: "error" | "plain"
  readonly action?: { readonly label: string; readonly run: () => void }
}

const [toasts, setToasts] = createSignal<ReadonlyArray<Toast>>([])
const drop = (toast: Toast) => setToasts((all) => all.filter((one) => one !== toast))

/** Shows a toast for six seconds; a failure with something to do about it stays until it is dealt with. */
export const toast = (shown: Toast): void => {
  setToasts((all) => [...all.slice(-2), shown])
  if (shown.tone !== "error" || shown.action === undefined) setTimeout(drop, 6_000, shown)
}

/** Shows why something failed, in the words it came with. */
export const toastFailure = (failure: unknown, again?: () => void): void =>
  toast({
    tone: "error",
    text: failure instanceof Error ? failure.message : "That did not work.",
    ...(again === undefined ? {} : { action: { label: "Try again", run: again } }),
  })

/** The place of toasts; one on a page. */
export const Toasts = () => (
  <div class="toasts" role="log" aria-label="Notifications" aria-live="polite">
    <For each={toasts()}>
      {(shown) => (
        <div
          class="toast"
          classList={{ "toast-error": shown.tone === "error" }}
          role={shown.tone === "error" ? "alert" : undefined}
        >
          <span>{shown.text}</span>
          <Show when={shown.action}>
            {(action) => (
              <button
                type="button"
                class="text-button"
                onClick={() => {
                  drop(shown)
                  action().run()
                }}
              >
                {action().label}
              </button>
            )}
          </Show>
          <button type="button" class="icon-button small" aria-label="Dismiss" onClick={() => drop(shown)}>
            <Close size={14} />
          </button>
        </div>
      )}
    </For>
  </div>
)
