import { Show } from "solid-js"
import { useScene } from "../context.ts"
import { toastFailure } from "../ui/toasts.tsx"
import type { Floating } from "./actions.tsx"
import EmojiPicker from "./emojiPicker.tsx"
import MoreMenu from "./moreMenu.tsx"

/** What floats beside a message: the emoji to react with, or everything else that can be done. */
const Floats = (props: { floating: Floating; onChange: (floating: Floating | null) => void }) => {
  const { open } = useScene()
  const close = () => props.onChange(null)
  const react = (emoji: string) => {
    close()
    open.toggleReaction(props.floating.row.message.id, emoji).catch(toastFailure)
  }
  return (
    <Show
      when={props.floating.kind === "emoji"}
      fallback={
        <MoreMenu
          floating={props.floating}
          onEmoji={() => props.onChange({ ...props.floating, kind: "emoji" })}
          onClose={close}
        />
      }
    >
      <EmojiPicker anchor={props.floating.anchor} onPick={react} onClose={close} />
    </Show>
  )
}
export default Floats
