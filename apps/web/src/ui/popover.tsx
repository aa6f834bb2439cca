import { type JSX, onCleanup, onMount, type ParentProps } from "solid-js"

/** Something small that floats beside `anchor` until Esc, a press elsewhere, or `onClose`. Focus goes in and comes back. */
export const Popover = (
  props: ParentProps<{
    anchor: HTMLElement
    label: string
    class?: string
    role?: "dialog" | "menu"
    onClose: () => void
  }>,
): JSX.Element => {
  let box!: HTMLDivElement
  onMount(() => {
    box.showPopover()
    place(box, props.anchor)
    const grown = new ResizeObserver(() => place(box, props.anchor))
    grown.observe(box)
    onCleanup(() => grown.disconnect())
    box.querySelector<HTMLElement>("[autofocus], button, input")?.focus({ preventScroll: true })
  })
  const toggled = (event: ToggleEvent) => {
    if (event.newState !== "closed") return
    const inside = box.contains(document.activeElement) || document.activeElement === document.body
    props.onClose()
    if (inside && props.anchor.isConnected) props.anchor.focus({ preventScroll: true })
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: its role is a dialog or a menu, which the rule cannot see
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: as above
    <div
      ref={box}
      popover="auto"
      class={`popover ${props.class ?? ""}`}
      role={props.role ?? "dialog"}
      aria-label={props.label}
      onToggle={toggled}
      onKeyDown={(event) => props.role === "menu" && walk(event, box)}
    >
      {props.children}
    </div>
  )
}

/** Above the anchor where there is room, else below, and never outside the window. */
const place = (box: HTMLElement, anchor: HTMLElement): void => {
  const at = anchor.getBoundingClientRect()
  const { width, height } = box.getBoundingClientRect()
  const gap = 6
  const above = at.top - height - gap
  const below = at.bottom + gap
  const top = above >= gap ? above : Math.min(below, innerHeight - height - gap)
  box.style.left = `${Math.max(gap, Math.min(at.right - width, innerWidth - width - gap))}px`
  box.style.top = `${Math.max(gap, top)}px`
}

const walk = (event: KeyboardEvent, box: HTMLElement): void => {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
  if (step === 0) return
  event.preventDefault()
  const buttons = [...box.querySelectorAll("button")]
  const now = buttons.indexOf(document.activeElement as HTMLButtonElement)
  buttons.at((now + step) % buttons.length)?.focus()
}
