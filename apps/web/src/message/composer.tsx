import type { MessageView } from "@roomlog/schemas"
import { limits } from "@roomlog/schemas/limits"
import { createEffect, createSignal, getOwner, on, onCleanup, onMount, runWithOwner, Show } from "solid-js"
import { useChat, useScene } from "../context.ts"
import { accepted } from "../media/attachments.ts"
import { Picture, Send, Smile } from "../ui/icons.tsx"
import { beginsText, enterSends } from "../ui/keys.ts"
import { later } from "../ui/later.tsx"
import { isTouch } from "../ui/media.ts"
import { toastFailure } from "../ui/toasts.tsx"
import type { Completing } from "./completing.ts"
import { draftOf, keepDraft } from "./drafts.ts"

const Context = later(() => import("./composerContext.tsx"))
const Chips = later(() => import("../media/chips.tsx"))
const Suggestions = later(() => import("./suggestions.tsx"))
const EmojiPicker = later(() => import("./emojiPicker.tsx"))

/** Where messages are written, answered and corrected. */
export const Composer = (props: { onPage: (direction: 1 | -1) => void }) => {
  const { escapes } = useChat()
  const scene = useScene()
  const { open, state, me, summary, intent, setIntent, attachments, toPresent } = scene
  const [text, setText] = createSignal(draftOf(open.room))
  const [picking, setPicking] = createSignal<HTMLElement | null>(null)
  /** Sent by the writer while images were still on their way. */
  const [armed, setArmed] = createSignal(false)
  let area!: HTMLTextAreaElement
  let files!: HTMLInputElement

  const left = () => limits.textGraphemes - text().length
  const isEmpty = () => text().trim() === "" && attachments.all().length === 0
  const write = (next: string) => {
    setText(next)
    if (intent().kind !== "edit") keepDraft(open.room, next)
  }
  const [completing, setCompleting] = createSignal<Completing | null>(null)
  const put = (next: string, caret: number) => {
    write(next)
    area.focus()
    area.setSelectionRange(caret, caret)
  }
  const owner = getOwner()
  /** Completes what is being written; what does that is loaded with the first sign that asks for it. */
  const complete = () => {
    const now = completing()
    if (now !== null) return now.look(area)
    if (/[@:]/.test(area.value))
      void import("./completing.ts").then(({ makeCompleting }) =>
        runWithOwner(owner, () => setCompleting((was) => was ?? makeCompleting(scene, put)).look(area)),
      )
  }
  const listed = () => (completing()?.isOpen() ? completing() : null)
  onCleanup(escapes.on("suggestions", () => completing()?.escape() ?? false))
  const send = () => {
    const now = intent()
    const said = text()
      .replace(/^\s*\n/, "")
      .trimEnd()
    if (left() < 0 || isEmpty()) return
    if (now.kind === "edit") {
      setIntent({ kind: "new" })
      if (said !== now.message.text) open.edit(now.message.id, said).catch(toastFailure)
      return
    }
    if (attachments.failed()) return
    if (!attachments.ready()) return void setArmed(true)
    setArmed(false)
    open
      .post({ text: said, images: attachments.take(), replyTo: now.kind === "reply" ? now.to.id : null })
      .catch(() => {}) // The row itself says what went wrong.
    write("")
    setIntent({ kind: "new" })
    toPresent()
  }
  createEffect(() => {
    if (armed() && attachments.failed()) setArmed(false)
    if (armed() && attachments.ready()) send()
  })

  createEffect(
    on(
      intent,
      (now, before) => {
        if (now.kind === "edit") setText(now.message.text)
        else if (before?.kind === "edit") setText(draftOf(open.room))
        if (now.kind !== "new" || before?.kind !== "new") queueMicrotask(() => focusAtEnd(area))
      },
      { defer: true },
    ),
  )
  createEffect(on(text, () => grow(area)))
  for (const level of ["edit", "reply"] as const)
    onCleanup(
      escapes.on(level, () => {
        if (intent().kind !== level) return false
        setIntent({ kind: "new" })
        return true
      }),
    )

  const pressed = (event: KeyboardEvent) => {
    if (completing()?.pressed(event, area)) return
    if (enterSends(event, isTouch())) {
      event.preventDefault()
      send()
    } else if (event.key === "ArrowUp" && text() === "" && intent().kind === "new" && !event.altKey) {
      const mine = lastOf(state().items, me.id)
      if (mine === undefined) return
      event.preventDefault()
      setIntent({ kind: "edit", message: mine })
    } else if (event.key === "PageUp" || event.key === "PageDown") {
      event.preventDefault()
      props.onPage(event.key === "PageUp" ? -1 : 1)
    }
  }
  const pasted = (event: ClipboardEvent) => {
    const images = [...(event.clipboardData?.files ?? [])]
    if (images.length === 0) return
    event.preventDefault()
    attachments.add(images)
  }
  const insert = (emoji: string) => {
    setPicking(null)
    area.setRangeText(emoji, area.selectionStart, area.selectionEnd, "end")
    write(area.value)
    area.focus()
  }
  const anywhere = (event: KeyboardEvent) => {
    if (!beginsText(event) || event.defaultPrevented || isBusy(event.target)) return
    area.focus()
  }
  onMount(() => {
    if (!isTouch()) area.focus({ preventScroll: true })
    document.addEventListener("keydown", anywhere)
    onCleanup(() => document.removeEventListener("keydown", anywhere))
  })

  return (
    <div class="composer">
      <div class="composer-box">
        <Show when={listed()}>
          {(open) => <Suggestions completing={open()} onTake={(index) => open().take(index, area)} />}
        </Show>
        <p class="unseen" role="status">
          {listed() === null ? "" : `${listed()!.all().length} suggestions, arrow keys choose`}
        </p>
        <Show when={intent().kind !== "new"}>
          <Context />
        </Show>
        <Show when={attachments.all().length > 0}>
          <Chips />
        </Show>
        <div class="composer-row">
          <input
            ref={files}
            type="file"
            class="unseen"
            accept={accepted}
            multiple
            tabIndex={-1}
            aria-label="Images"
            onChange={() => {
              attachments.add([...(files.files ?? [])])
              files.value = ""
              area.focus()
            }}
          />
          <button
            type="button"
            class="icon-button"
            aria-label="Add images"
            title="Add images"
            onClick={() => files.click()}
          >
            <Picture size={20} />
          </button>
          <textarea
            ref={area}
            rows="1"
            aria-label={`Message to #${summary().name}`}
            placeholder={`Message #${summary().name}`}
            enterkeyhint={isTouch() ? "enter" : "send"}
            autocomplete="off"
            value={text()}
            onInput={() => {
              write(area.value)
              complete()
              if (area.value.trim() !== "" && intent().kind !== "edit") open.typing()
            }}
            onKeyDown={pressed}
            onClick={() => listed()?.look(area)}
            onBlur={() => completing()?.close()}
            aria-autocomplete="list"
            aria-haspopup="listbox"
            aria-controls={listed() === null ? undefined : "suggestions"}
            aria-activedescendant={listed() === null ? undefined : `suggestion-${listed()!.chosen()}`}
            onPaste={pasted}
          />
          <Show when={left() < 200}>
            <span class="composer-left" classList={{ over: left() < 0 }} role="status">
              {left()}
            </span>
          </Show>
          <button
            type="button"
            class="icon-button"
            aria-label="Emoji"
            title="Emoji"
            aria-haspopup="dialog"
            onClick={(event) => setPicking(event.currentTarget)}
          >
            <Smile size={20} />
          </button>
          <button
            type="button"
            class="send"
            aria-label={intent().kind === "edit" ? "Save" : "Send"}
            title={intent().kind === "edit" ? "Save" : "Send"}
            aria-disabled={isEmpty() || left() < 0 || attachments.failed()}
            onClick={send}
          >
            <Show when={!armed()} fallback={<span class="send-wait">{overall(attachments.all())} %</span>}>
              <Send />
            </Show>
          </button>
        </div>
      </div>
      <Show when={picking()}>
        {(anchor) => <EmojiPicker anchor={anchor()} onPick={insert} onClose={() => setPicking(null)} />}
      </Show>
    </div>
  )
}

const lastOf = (items: ReadonlyArray<{ readonly _tag: string }>, me: string): MessageView | undefined =>
  (items as ReadonlyArray<MessageView>).findLast(
    (item) => item._tag === "Message" && item.by === me && item.removed === null,
  )

const overall = (all: ReadonlyArray<{ progress: number }>): number =>
  Math.round(all.reduce((sum, { progress }) => sum + progress, 0) / Math.max(1, all.length))

const focusAtEnd = (area: HTMLTextAreaElement): void => {
  area.focus()
  area.setSelectionRange(area.value.length, area.value.length)
}

/** Fits the field to its text where the browser does not do it by itself. */
const grow = (area: HTMLTextAreaElement): void => {
  if (CSS.supports("field-sizing", "content")) return
  area.style.height = "auto"
  area.style.height = `${area.scrollHeight}px`
}

/** Whether a press belongs to something that takes text or is a dialog of its own. */
const isBusy = (target: EventTarget | null): boolean =>
  document.querySelector("dialog[open], :popover-open") !== null ||
  (target as Element | null)?.closest("input, textarea, select, [contenteditable]") != null
