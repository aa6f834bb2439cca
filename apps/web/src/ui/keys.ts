/** What Esc closes first, in this order; dialogs and popovers of the platform come before all of them. */
export const escapeOrder = ["suggestions", "panel", "edit", "reply", "present"] as const
export type EscapeLevel = (typeof escapeOrder)[number]

/** One list for the Esc key: of everything that is open, it closes what comes first in the order, the newest first. */
export const makeEscapes = () => {
  const open: { readonly level: EscapeLevel; readonly close: () => boolean }[] = []
  return {
    /** `close` says whether there was anything to close. The answer takes it off the list. */
    on: (level: EscapeLevel, close: () => boolean): (() => void) => {
      const entry = { level, close }
      open.push(entry)
      return () => void open.splice(open.indexOf(entry), 1)
    },
    press: (): boolean => {
      const byOrder = open.toReversed().sort((a, b) => escapeOrder.indexOf(a.level) - escapeOrder.indexOf(b.level))
      return byOrder.some(({ close }) => close())
    },
  }
}

/** The facts of a key press that decide what it means. */
export interface Press {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  readonly isComposing: boolean
}

/** What Enter does while writing: it sends, except with Shift, while an input method composes, or on touch. */
export const enterSends = (press: Press & { readonly keyCode?: number }, touch: boolean): boolean =>
  press.key === "Enter" &&
  !press.shiftKey &&
  !press.altKey &&
  !press.isComposing &&
  press.keyCode !== 229 &&
  (!touch || press.ctrlKey || press.metaKey)

/** Whether a press anywhere on the page is the beginning of a text. */
export const beginsText = (press: Press): boolean =>
  [...press.key].length === 1 &&
  press.key !== " " &&
  !press.ctrlKey &&
  !press.metaKey &&
  !press.altKey &&
  !press.isComposing

/** What a shortcut of the whole page asks for. */
export const shortcut = (
  press: Press,
): "switch" | "above" | "below" | "unreadAbove" | "unreadBelow" | "keys" | null => {
  const command = press.ctrlKey || press.metaKey
  if (command && !press.altKey && !press.shiftKey && press.key.toLowerCase() === "k") return "switch"
  if (command && press.key === "/") return "keys"
  if (!press.altKey || command) return null
  if (press.key === "ArrowUp") return press.shiftKey ? "unreadAbove" : "above"
  if (press.key === "ArrowDown") return press.shiftKey ? "unreadBelow" : "below"
  return null
}
