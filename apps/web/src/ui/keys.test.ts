import { expect, test } from "vitest"
import { beginsText, enterSends, makeEscapes, type Press, shortcut } from "./keys.ts"

const press = (key: string, more: Partial<Press & { keyCode: number }> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  ...more,
})

test("Esc closes one thing at a time: panel, edit, reply, then the way to the present; the newest of a kind first", () => {
  const escapes = makeEscapes()
  const log: string[] = []
  const open = (level: Parameters<typeof escapes.on>[0], name: string) => {
    let isOpen = true
    return escapes.on(level, () => {
      if (!isOpen) return false
      isOpen = false
      log.push(name)
      return true
    })
  }
  open("present", "present")
  open("reply", "reply")
  open("panel", "rooms")
  open("panel", "people")
  const gone = open("edit", "edit of another room")
  gone()
  while (escapes.press());
  expect(log).toEqual(["people", "rooms", "reply", "present"])
  expect(escapes.press()).toBe(false)
})

test("Enter sends, except with Shift, while an input method composes, and on touch", () => {
  expect(enterSends(press("Enter"), false)).toBe(true)
  expect(enterSends(press("Enter", { shiftKey: true }), false)).toBe(false)
  expect(enterSends(press("Enter", { isComposing: true }), false)).toBe(false)
  expect(enterSends(press("Enter", { keyCode: 229 }), false)).toBe(false)
  expect(enterSends(press("Enter"), true)).toBe(false)
  expect(enterSends(press("Enter", { metaKey: true }), true)).toBe(true)
})

test("a letter begins a text, a shortcut does not", () => {
  expect(["a", "Ж", "7", "👍"].every((key) => beginsText(press(key)))).toBe(true)
  expect(["Enter", "ArrowUp", " ", "F5"].some((key) => beginsText(press(key)))).toBe(false)
  expect(beginsText(press("c", { ctrlKey: true }))).toBe(false)
})

test("the shortcuts of the page", () => {
  expect(shortcut(press("k", { ctrlKey: true }))).toBe("switch")
  expect(shortcut(press("K", { metaKey: true }))).toBe("switch")
  expect(shortcut(press("ArrowDown", { altKey: true }))).toBe("below")
  expect(shortcut(press("ArrowUp", { altKey: true, shiftKey: true }))).toBe("unreadAbove")
  expect(shortcut(press("/", { ctrlKey: true }))).toBe("keys")
  expect(shortcut(press("k"))).toBeNull()
})
