import { Show } from "solid-js"
import { useScene } from "../context.ts"
import { addressOf } from "../room/address.ts"
import { Pencil, Reply, Smile } from "../ui/icons.tsx"
import { Copy, Link, Trash, Undo } from "../ui/laterIcons.tsx"
import { Popover } from "../ui/popover.tsx"
import { toast, toastFailure } from "../ui/toasts.tsx"
import type { Floating } from "./actions.tsx"
import { mayEdit, mayRemove, mayRestore } from "./allowed.ts"

/** Everything that can be done with one message, as a menu. */
const MoreMenu = (props: { floating: Floating; onEmoji: () => void; onClose: () => void }) => {
  const { open, me, summary, setIntent } = useScene()
  const message = props.floating.row.message
  const chosen = (act: () => void) => () => {
    props.onClose()
    act()
  }
  const copied = (text: string) =>
    navigator.clipboard.writeText(text).then(
      () => toast({ text: "Copied." }),
      () => toast({ text: "The browser does not allow copying.", tone: "error" }),
    )
  const remove = () =>
    open.remove(message.id).then(
      () => toast({ text: "Removed.", action: { label: "Undo", run: restore } }),
      (failure) => toastFailure(failure, remove),
    )
  const restore = () => open.restore(message.id).catch((failure) => toastFailure(failure, restore))
  return (
    <Popover anchor={props.floating.anchor} label="Message" role="menu" class="menu" onClose={props.onClose}>
      <Show when={message.removed === null}>
        <button type="button" role="menuitem" onClick={chosen(props.onEmoji)}>
          <Smile /> React
        </button>
        <button type="button" role="menuitem" onClick={chosen(() => setIntent({ kind: "reply", to: message }))}>
          <Reply /> Reply
        </button>
        <Show when={mayEdit(message, me.id)}>
          <button type="button" role="menuitem" onClick={chosen(() => setIntent({ kind: "edit", message }))}>
            <Pencil /> Edit
          </button>
        </Show>
        <Show when={message.text !== ""}>
          <button type="button" role="menuitem" onClick={chosen(() => copied(message.text))}>
            <Copy /> Copy text
          </button>
        </Show>
      </Show>
      <button
        type="button"
        role="menuitem"
        onClick={chosen(() => copied(new URL(addressOf(summary().name, message.seq), location.href).href))}
      >
        <Link /> Copy link
      </button>
      <Show when={mayRemove(message, me.id, summary().role)}>
        <button type="button" role="menuitem" class="danger" onClick={chosen(remove)}>
          <Trash /> Remove
        </button>
      </Show>
      <Show when={mayRestore(message, me.id, summary().role)}>
        <button type="button" role="menuitem" onClick={chosen(restore)}>
          <Undo /> Restore
        </button>
      </Show>
    </Popover>
  )
}
export default MoreMenu
