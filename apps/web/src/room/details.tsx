import { Access } from "@roomlog/domain"
import { createSignal, onMount, Show } from "solid-js"
import { useChat, useScene } from "../context.ts"
import { RoomRule, ThisDevice } from "../push/settings.tsx"
import { Dialog } from "../ui/dialog.tsx"
import { Leave } from "../ui/icons.tsx"
import { Copy, Undo } from "../ui/laterIcons.tsx"
import { toast, toastFailure } from "../ui/toasts.tsx"
import { addressOf, canonical } from "./address.ts"

/** Name, topic, invitation and the way out of the open room. */
const Details = (props: { onClose: () => void }) => {
  const { roomlog, go } = useChat()
  const { open, summary } = useScene()
  const [name, setName] = createSignal(summary().name)
  const [topic, setTopic] = createSignal(summary().topic)
  let form!: HTMLFormElement
  const mayChange = () => Access.isAtLeast(summary().role ?? undefined, "moderator")
  const close = () => form.closest("dialog")?.close()
  const save = async (event: SubmitEvent) => {
    event.preventDefault()
    try {
      if (topic().trim() !== summary().topic) await roomlog.rooms.setTopic(open.room, topic().trim())
      if (canonical(name()) !== summary().name) await roomlog.rooms.rename(open.room, canonical(name()))
      close()
    } catch (failure) {
      toastFailure(failure)
    }
  }
  const leave = () => {
    close()
    roomlog.rooms.leave(open.room).then(() => {
      toast({ text: `You left #${summary().name}.` })
      go("/")
    }, toastFailure)
  }
  return (
    <Dialog title={`#${summary().name}`} onClose={props.onClose}>
      <form ref={form} class="form" onSubmit={save}>
        <label class="labelled">
          Name
          <input
            class="field"
            value={name()}
            readOnly={!mayChange()}
            maxLength={64}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label class="labelled">
          Topic
          <input
            class="field"
            value={topic()}
            readOnly={!mayChange()}
            maxLength={250}
            placeholder="No topic yet"
            onInput={(event) => setTopic(event.currentTarget.value)}
          />
        </label>
        <Show when={mayChange()}>
          <button type="submit" class="button">
            Save
          </button>
        </Show>
      </form>
      <Show when={summary().visibility === "private" && summary().role === "owner"}>
        <InvitationLink />
      </Show>
      <Show when={summary().role !== null}>
        <div class="form dialog-part">
          <RoomRule room={open.room} />
          <ThisDevice />
        </div>
        <div class="dialog-foot">
          <button type="button" class="text-button danger" onClick={leave}>
            <Leave size={16} /> Leave this room
          </button>
        </div>
      </Show>
    </Dialog>
  )
}
export default Details

const InvitationLink = () => {
  const { roomlog } = useChat()
  const { open, summary } = useScene()
  const [code, setCode] = createSignal("")
  onMount(() => roomlog.rooms.invitation(open.room).then(setCode, () => {}))
  const link = () => (code() ? new URL(`${addressOf(summary().name)}?invitation=${code()}`, location.href).href : "…")
  const copy = () =>
    navigator.clipboard.writeText(link()).then(
      () => toast({ text: "The invitation link is copied." }),
      () => toast({ text: "The browser does not allow copying.", tone: "error" }),
    )
  const renew = () =>
    roomlog.rooms.renewInvitation(open.room).then((fresh) => {
      setCode(fresh)
      toast({ text: "The old link is no invitation any more." })
    }, toastFailure)
  return (
    <div class="form invitation dialog-part">
      <label class="labelled">
        Invitation link
        <input class="field" readOnly value={link()} onFocus={(event) => event.currentTarget.select()} />
      </label>
      <div class="buttons">
        <button type="button" class="button quiet" onClick={copy}>
          <Copy size={16} /> Copy
        </button>
        <button type="button" class="button quiet" onClick={renew}>
          <Undo size={16} /> Renew
        </button>
      </div>
    </div>
  )
}
