import type { MessageView, Reply } from "@roomlog/schemas"
import { createMemo } from "solid-js"
import { useScene } from "../context.ts"
import { plain } from "./markdown.ts"

/** The line of the message that is answered; a press goes there. */
export const Quote = (props: { reply: Reply }) => {
  const { state, nameOf, jumpTo } = useScene()
  const answered = createMemo(() => {
    const { quotes, items } = state()
    const shown = items.find((item): item is MessageView => item._tag === "Message" && item.id === props.reply.message)
    return shown ?? quotes.get(props.reply.message)
  })
  const seq = () => props.reply.seq || answered()?.seq
  return (
    <button type="button" class="quote" onClick={() => seq() !== undefined && jumpTo(seq()!)}>
      <span class="quote-who">{answered() === undefined ? "Somebody" : nameOf(answered()!.by)}</span>
      <span class="quote-text">{gist(answered())}</span>
    </button>
  )
}

/** What a message says in one line. */
export const gist = (message: MessageView | undefined): string => {
  if (message === undefined) return "an earlier message"
  if (message.removed !== null) return "a removed message"
  if (message.text !== "") return plain(message.text)
  return message.images.length === 1 ? message.images[0]!.alt || "an image" : `${message.images.length} images`
}
