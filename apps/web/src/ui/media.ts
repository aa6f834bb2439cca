import { type Accessor, createSignal, onCleanup } from "solid-js"

/** Whether a media query holds, as it changes. */
export const matches = (query: string): Accessor<boolean> => {
  const list = matchMedia(query)
  const [holds, setHolds] = createSignal(list.matches)
  const changed = () => setHolds(list.matches)
  list.addEventListener("change", changed)
  onCleanup(() => list.removeEventListener("change", changed))
  return holds
}

/** Whether fingers are the main way to point here. */
export const isTouch = (): boolean => matchMedia("(pointer: coarse)").matches

/** Whether the page has the focus, as it changes. */
export const pageFocus = (): Accessor<boolean> => {
  const [focused, setFocused] = createSignal(document.hasFocus())
  const changed = () => setFocused(document.hasFocus() && document.visibilityState === "visible")
  for (const name of ["focus", "blur"] as const) window.addEventListener(name, changed)
  document.addEventListener("visibilitychange", changed)
  onCleanup(() => {
    for (const name of ["focus", "blur"] as const) window.removeEventListener(name, changed)
    document.removeEventListener("visibilitychange", changed)
  })
  return focused
}
